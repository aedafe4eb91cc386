"""How calls are answered: Twilio's words in, TwiML out."""
