"""`ops verify`: walk through a running house and check every part from outside, as its visitors meet it."""
