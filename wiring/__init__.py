"""Where the parts are put together into programs: till, hub, simulator, demo shop, verify."""
