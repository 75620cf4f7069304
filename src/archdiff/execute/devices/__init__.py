"""What networks run on: devices and their timers, NVIDIA's driver, and the memory that there is."""
