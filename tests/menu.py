"""A small menu for tests: two brands, two stores, eight products, one segment."""

from sqlalchemy.orm import Session

from portal.models.catalogue import Brand, Category, Product, Segment, Store

PRODUCTS = (
    ("LATTE", "Latte", 450, "BEAN", "coffee"),
    ("ESPRESSO", "Espresso", 300, "BEAN", "coffee"),
    ("COLA", "Cola", 350, "GRILL", "drinks"),
    ("BURGER", "Classic burger", 1150, "GRILL", "burgers"),
    ("CHEESE", "Cheeseburger", 1250, "GRILL", "burgers"),
    ("FRIES", "Fries", 400, "GRILL", "sides"),
    ("COOKIE", "Cookie", 250, "BEAN", "pastries"),
    ("CROISSANT", "Croissant", 320, "BEAN", "pastries"),
)
TREE = (
    ("drinks", "Drinks", None),
    ("food", "Food", None),
    ("coffee", "Coffee", "drinks"),
    ("burgers", "Burgers", "food"),
    ("sides", "Sides", "food"),
    ("pastries", "Pastries", "food"),
)


def make_menu(session: Session) -> None:
    """Add the menu; prices in US cents."""
    brands = {code: Brand(code=code, name=name) for code, name in (("BEAN", "Bean Bar"), ("GRILL", "Grill House"))}
    categories: dict[str, Category] = {}
    for code, name, parent in TREE:
        categories[code] = Category(code=code, name=name, parent=categories.get(parent or ""))
    session.add_all([*brands.values(), *categories.values(), Segment(code="vip", name="Regulars")])
    zone = "America/New_York"
    for code, name in (("S1", "Harbour"), ("S2", "Station")):
        session.add(Store(code=code, name=name, city="Boston", timezone=zone, currency="USD", brand=brands["BEAN"]))
    for sku, name, price, brand, category in PRODUCTS:
        product = Product(sku=sku, name=name, price_minor=price, currency="USD", brand=brands[brand], tags=[])
        product.categories = [categories[category]]
        session.add(product)
    session.flush()
