"""Filters by application and by content, and the categories they name."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.catalog import Args, KeptArgs, WriteArgs
from shared.operations.arguments import Fields, Name, NameNeeded, Tags, part_of
from shared.operations.cloud_resource import CutList, SecurityResource
from shared.operations.security_fields import Item, Text
from shared.recovery import Kept

APPLICATION = SecurityResource(
    kind="application_filters",
    called="an application filter",
    id_name="filter_id",
    noun="application_filter",
    also=("security_policy",),
    keeps=Kept(
        dict.fromkeys(("name", "description", "tags"), ())
        | {"criteria": ("name", "category", "subcategory")}
    ),
)
CATEGORY = SecurityResource(
    kind="category_filters",
    called="a category filter",
    id_name="filter_id",
    noun="category_filter",
    also=("security_policy",),
    keeps=Kept(dict.fromkeys(("name", "description", "categories", "tags"), ())),
)


class Criterion(Args):
    """Applications by name, category or subcategory."""

    name: Text = None
    category: Text = None
    subcategory: Text = None

    @model_validator(mode="after")
    def names_something(self) -> Self:
        """Refuse a criterion that names nothing."""
        if not (self.name or self.category or self.subcategory):
            raise ValueError("give a name, a category or a subcategory")
        return self


Criteria = Annotated[list[Criterion], Field(min_length=1, max_length=1000)]
Categories = Annotated[
    list[Item],
    Field(min_length=1, max_length=1000, description="Each a category_name of the catalog"),
]


class ApplicationFields(WriteArgs):
    """What can be said of an application filter."""

    name: Name = None
    criteria: Criteria | None = None
    description: Text = None
    tags: Tags = None


class CreateApplicationFilter(ApplicationFields):
    """Create an application filter, which rules of policies can name."""

    name: NameNeeded
    criteria: Criteria


class CategoryFields(WriteArgs):
    """What can be said of a category filter."""

    name: Name = None
    categories: Categories | None = None
    description: Text = None
    tags: Tags = None


class CreateCategoryFilter(CategoryFields):
    """Create a content category filter. list_content_categories shows the categories."""

    name: NameNeeded
    categories: Categories


class CategoriesAsked(CutList):
    """The catalog of categories comes all at once."""

    fields: Fields = None


OPERATIONS = (
    APPLICATION.listed(name_filter=part_of("name")),
    APPLICATION.read(),
    APPLICATION.created(CreateApplicationFilter, key=("name",)),
    APPLICATION.changed("", ApplicationFields),
    APPLICATION.deleted("Delete an application filter. One that a policy names stays."),
    CATEGORY.listed(name_filter=part_of("name")),
    CATEGORY.read(),
    CATEGORY.created(CreateCategoryFilter, key=("name",)),
    CATEGORY.changed("", CategoryFields),
    CATEGORY.deleted("Delete a category filter. One that a policy names stays."),
    CATEGORY.looked(
        "list_content_categories",
        "List content categories",
        "List the content categories that filters can name.",
        by_id=False,
        base=(KeptArgs, CategoriesAsked),
        cache="catalogue",
        path=f"{CATEGORY.base}/content_categories",
        reads=("content_category",),
    ),
)
