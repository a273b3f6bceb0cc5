"""The classic networks of image recognition, trained by recipes."""
