"""Both networks run: what each layer does, where outputs part, and what that shows of the findings."""
