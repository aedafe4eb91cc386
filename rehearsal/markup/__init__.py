"""TwiML, read as the provider reads it and more strictly."""
