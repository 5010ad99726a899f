"""What passes between the portal and the tills. Source: sync.md."""
