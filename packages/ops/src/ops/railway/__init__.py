"""What runs on Railway: checks `.railway/railway.py`, writes `railway.json`, and asks Railway's API."""
