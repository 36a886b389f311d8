"""Settings → Form: the choices of the enquiry form, and whether the public form shows them."""
