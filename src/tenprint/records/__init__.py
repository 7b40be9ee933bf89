"""The people, their encounters and events; merge, seal, expunge; keys, images, backups."""
