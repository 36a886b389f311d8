"""Import contract: a module of an area is imported through its `__init__`, except by the lists of routes and jobs."""

from __future__ import annotations

from importlinter import Contract, ContractCheck, fields, output


class InterfaceContract(Contract):
    """`areas` hold the modules. `exempt` may import what is inside them."""

    type_name = "interfaces"

    areas = fields.ListField(subfield=fields.ModuleField())
    exempt = fields.ListField(subfield=fields.ModuleField())

    def check(self, graph, verbose) -> ContractCheck:  # noqa: ARG002  (import-linter passes it)
        exempt = set()
        for module in self.exempt:
            exempt |= {module.name, *graph.find_descendants(module.name)}
        found = []
        for area in self.areas:
            for module in graph.find_children(area.name):
                inside = graph.find_descendants(module)
                found += [
                    (importer, name)
                    for name in inside
                    for importer in graph.find_modules_that_directly_import(name) - inside - exempt - {module}
                ]
        return ContractCheck(kept=not found, metadata={"found": sorted(found)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, name in check.metadata["found"]:
            output.print_error(f"{importer} imports {name}. Export what it needs from the module's __init__.")
