"""Documents for people, in Markdown: one module and one ``render`` each.

What was seen on a target, or written by somebody into a file, reaches a document only through
``writing``, which leaves nothing in it for a viewer to act on.
"""
