"""Renderers: one AuditReport in, text out."""
