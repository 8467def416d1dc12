"""Who comes in: sign-in with a second factor, sessions, invitations, posts and their scope."""
