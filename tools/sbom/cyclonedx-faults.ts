/**
 * What the published schema of CycloneDX 1.6 demands of the parts that our bill uses, checked by hand: no schema is fetched to test.
 * Answers the faults, each with its place; a field outside of these parts is one.
 */
export function cyclonedxFaults(bill: unknown): readonly string[] {
  const faults: string[] = []
  const refs: string[] = []
  const say = (fault: string | false): void => void (fault !== false && faults.push(fault))

  const top = fields('bill', bill, 'bomFormat specVersion', 'serialNumber version metadata components dependencies')
  say(top.bomFormat !== 'CycloneDX' && 'bomFormat')
  say(top.specVersion !== '1.6' && 'specVersion')
  say(!(Number.isInteger(top.version) && Number(top.version) >= 1) && 'version')
  const metadata = fields('metadata', top.metadata, '', 'timestamp component')
  say(metadata.timestamp !== undefined && !isTime(metadata.timestamp) && 'metadata.timestamp')
  component('metadata.component', metadata.component)
  const components = list('components', top.components)
  components.forEach((one, at) => component(`components[${at}]`, one))
  say(new Set(components.map((one) => JSON.stringify(one))).size !== components.length && 'components: one twice')
  say(new Set(refs).size !== refs.length && 'bom-ref: one twice')

  const told = list('dependencies', top.dependencies).map((one, at) => {
    const { ref, dependsOn } = fields(`dependencies[${at}]`, one, 'ref', 'dependsOn')
    const needs = dependsOn === undefined ? [] : list(`dependencies[${at}].dependsOn`, dependsOn)
    say(new Set(needs).size !== needs.length && `dependencies[${at}]: one need twice`)
    for (const need of [ref, ...needs]) say(!refs.includes(String(need)) && `dependencies[${at}]: ${String(need)}`)
    return ref
  })
  say(new Set(told).size !== told.length && 'dependencies: one twice')
  return faults

  function component(place: string, value: unknown): void {
    const allowed = 'bom-ref group version scope hashes licenses purl properties'
    const one = fields(place, value, 'type name', allowed)
    say(!types.has(String(one.type)) && `${place}.type`)
    for (const name of ['name', 'bom-ref', 'version', 'purl'])
      say((typeof one[name] !== 'string' || one[name] === '') && `${place}.${name}`)
    say(!/^pkg:npm\/(?:%40[\w.-]+\/)?[\w.-]+@[\w.%-]+$/.test(String(one.purl)) && `${place}.purl`)
    say(!['required', 'optional', 'excluded', undefined].includes(one.scope as undefined) && `${place}.scope`)
    refs.push(String(one['bom-ref']))
    for (const hash of one.hashes === undefined ? [] : list(`${place}.hashes`, one.hashes)) {
      const { alg, content } = fields(`${place}.hashes`, hash, 'alg content', '')
      say((alg !== 'SHA-512' || !/^[a-f0-9]{128}$/.test(String(content))) && `${place}.hashes`)
    }
    licences(place, one.licenses === undefined ? [] : list(`${place}.licenses`, one.licenses))
    for (const property of one.properties === undefined ? [] : list(`${place}.properties`, one.properties))
      fields(`${place}.properties`, property, 'name value', '')
  }

  /** Either licences one by one, or a single expression. */
  function licences(place: string, all: readonly unknown[]): void {
    for (const choice of all) {
      const { license, expression } = fields(`${place}.licenses`, choice, '', 'license expression')
      say((license === undefined) === (expression === undefined) && `${place}.licenses`)
      say(expression !== undefined && all.length > 1 && `${place}.licenses: an expression stands alone`)
      const ids =
        license === undefined
          ? String(expression).split(/ (?:AND|OR) /)
          : [fields(`${place}.licenses`, license, 'id', '').id]
      for (const id of ids) say(!spdx.has(String(id)) && `${place}.licenses: ${String(id)}`)
    }
  }

  function fields(place: string, value: unknown, needed: string, optional: string): Readonly<Record<string, unknown>> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      faults.push(`${place}: no object`)
      return {}
    }
    const [must, may] = [needed, optional].map((names) => names.split(' ').filter((name) => name !== ''))
    for (const name of must ?? []) say(!(name in value) && `${place}.${name} is missing`)
    for (const name of Object.keys(value))
      say(![...(must ?? []), ...(may ?? [])].includes(name) && `${place}.${name} is unknown`)
    return value as Record<string, unknown>
  }

  function list(place: string, value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value
    faults.push(`${place}: no list`)
    return []
  }
}

const isTime = (value: unknown): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(String(value)) && !Number.isNaN(Date.parse(String(value)))

const types = new Set(
  'application framework library container platform operating-system device device-driver firmware file machine-learning-model data cryptographic-asset'.split(
    ' ',
  ),
)

/** The licences in use, as SPDX spells them; another one has to be looked up there, and judged, before it is added. */
const spdx = new Set(
  '0BSD Apache-2.0 BlueOak-1.0.0 BSD-3-Clause ISC LGPL-3.0-or-later MIT MIT-0 MPL-2.0 OFL-1.1 Unlicense'.split(' '),
)
