"""What the processes of the service report about themselves: health, memory, job runs, metrics and errors."""
