"""What runs on Railway: is `.railway/railway.py` sound, and does the live environment equal it?"""
