"""The studio: what the commands do, as a local web application.

Pages are rendered on the server from the values that the commands print, and every page has a
`.json` twin of the same value. Models run in a process of their own, which checks before each
token whether it is to stop; trials run one after the other, each in its own process.

    serve       starts the server          app       routes
    guard       who may ask, and headers   pages     values to HTML and JSON
    link        the model process          jobs      the queue of heavy work
    events      what changed, as a stream  *_page    one module for each page
    worker/     what runs in the other processes

Limits: one user on one machine. Whoever can reach the address and holds the token can have the
server read what they name.
"""
