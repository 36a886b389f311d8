"""`ops verify`: checks every part of a running system from outside, as its visitors meet it."""
