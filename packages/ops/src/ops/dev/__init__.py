"""`ops dev`: the whole house on one machine, brought up and taken down as one."""
