"""What each command of `infoblox-mq` does; a module is imported when its command is chosen."""
