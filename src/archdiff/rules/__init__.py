"""When two spellings are one."""
