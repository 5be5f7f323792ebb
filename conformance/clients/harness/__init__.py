"""What the suite needs to run a Gatekey and to talk to it: a process, checked clients, and raw requests."""
