"""The terminal itself: what is typed, what is drawn, and the way out when it goes."""
