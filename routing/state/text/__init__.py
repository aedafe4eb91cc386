"""Threads of texts and chats: what was said, asked, sent, and no longer wanted."""
