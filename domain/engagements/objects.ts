import { formatRange } from '../authorizations/ip.ts'
import type { CompiledScope } from '../authorizations/scope/compile.ts'

/**
 * The objects of a scope whose ownership must be proven (GBT43741-5.1-02): names, bases of wildcards, address ranges.
 * A name below another object is covered by that object's proof.
 */
export function ownershipObjects(scope: CompiledScope): string[] {
  const names = new Set<string>()
  const ranges = new Set<string>()
  for (const { effect, host } of scope.rules) {
    if (effect !== 'in') continue
    if (host.kind === 'name') names.add(host.name)
    else if (host.kind === 'below') names.add(host.base)
    else if (host.kind === 'glob') names.add(host.glob.slice(host.glob.lastIndexOf('*') + 1).replace(/^[^.]*\./, ''))
    else if (host.kind === 'range') ranges.add(formatRange(host))
  }
  const top = [...names].filter((name) => ![...parents(name)].some((parent) => names.has(parent)))
  return [...top.sort(), ...[...ranges].sort()]
}

function* parents(name: string): Iterable<string> {
  for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) yield name.slice(dot + 1)
}
