"""`python -m portal.new_keys`: the lines of an environment file for production, with fresh secrets."""

from portal.config import new_keys

if __name__ == "__main__":
    print("PORTAL_ENV=production", *(f"{name}={value}" for name, value in new_keys().items()), sep="\n")
