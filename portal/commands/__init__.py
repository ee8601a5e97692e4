"""Commands of `flask --app app`, by capability. Each calls one function below it; what it says goes to people."""
