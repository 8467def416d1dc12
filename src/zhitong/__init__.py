"""Zhitong 直通: from survey to bulletin, straight through."""
