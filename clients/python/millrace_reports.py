"""Reports and cube questions of Millrace as pandas data frames, through Parquet: decimals stay decimals, days stay days.

    python3 millrace_reports.py http://127.0.0.1:8080 monthly_sales_cube
"""

import io
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

import pandas as pd
import pyarrow.parquet as pq


class ProblemError(Exception):
    """What the API answers instead of data (RFC 9457); decide by `code`, which is stable."""

    def __init__(self, document: dict):
        super().__init__(f"{document.get('code')}: {document.get('detail')}")
        self.code = document.get("code")
        self.status = document.get("status")
        self.errors = document.get("errors", [])


def read_report(base_url: str, name: str, **parameters) -> pd.DataFrame:
    """A report by its name, such as `cohorts`. A list is a parameter given several times."""
    return _frame(f"{base_url}/v1/reports/{name}", parameters)


def read_cube(base_url: str, cube: str, question: dict, **parameters) -> pd.DataFrame:
    """All rows that answer a question about a cube, however many they are."""
    return _frame(f"{base_url}/v1/cubes/{cube}/query", parameters, json.dumps(question).encode())


def _frame(url: str, parameters: dict, body: bytes | None = None) -> pd.DataFrame:
    query = urllib.parse.urlencode({**parameters, "format": "parquet"}, doseq=True)
    request = urllib.request.Request(f"{url}?{query}", data=body, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            table = pq.read_table(io.BytesIO(answer.read()))
            headers = answer.headers
    except urllib.error.HTTPError as error:
        raise ProblemError(json.load(error)) from error
    # Arrow's types, since pandas has none for decimals and days.
    frame = table.to_pandas(types_mapper=pd.ArrowDtype)
    # What the numbers are true for.
    frame.attrs["watermark"] = headers["X-Millrace-Watermark"]
    frame.attrs["as_of"] = headers["X-Millrace-As-Of"]
    return frame


if __name__ == "__main__":
    base_url, cube = sys.argv[1:3]
    sales = read_cube(
        base_url,
        cube,
        {
            "measures": ["reporting_net_revenue", "units"],
            "dimensions": [{"name": "month", "grain": "quarter"}, "channel"],
        },
    )
    print(sales.dtypes.to_string())
    print(sales.groupby("month")[["reporting_net_revenue", "units"]].sum().to_string())
    print(json.dumps({
        "rows": len(sales),
        "net_revenue": str(sales["reporting_net_revenue"].sum()),
        "units": int(sales["units"].sum()),
        "watermark": sales.attrs["watermark"],
    }))
