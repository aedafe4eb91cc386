"""How texts and chats are answered."""
