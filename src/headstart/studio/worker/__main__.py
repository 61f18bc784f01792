"""The model process: `python -m headstart.studio.worker`."""

from headstart.studio.worker.process import serve

if __name__ == "__main__":
    serve()
