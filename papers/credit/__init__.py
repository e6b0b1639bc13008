"""When is temporal credit free? Tasks whose credit horizon is set by construction."""
