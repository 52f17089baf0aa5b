import { KnarrError } from '#lib'
import { groupVersionOf, type Resource } from '#machinery'

/** The versions that upstream does not serve any more, and knarr only where it is asked to. */
const offByDefault: ReadonlySet<string> = new Set(['extensions/v1beta1'])

/** What stands for many versions at once, in the order in which upstream goes by it. */
const many: readonly (readonly [name: string, version: RegExp])[] = [
  ['api/all', /^/],
  ['api/ga', /^v\d+$/],
  ['api/beta', /^v\d+beta\d+$/],
  ['api/alpha', /^v\d+alpha\d+$/],
]

/**
 * The resources that a server with these settings serves: `extensions/v1beta1=true`, `api/all=true`, or a
 * single resource, `extensions/v1beta1/deployments=true` (upstream: --runtime-config). Only versions that are
 * off by default can be switched: control loops and commands need all others.
 * @throws KnarrError `BadRuntimeConfig`
 */
export function enabledResources(
  all: readonly Resource[],
  settings: readonly string[],
): readonly Resource[] {
  const chosen = new Map(settings.flatMap((each) => each.split(',')).map((each) => settingOf(each)))
  for (const [name, isOn] of chosen) check(name, isOn, all)
  const isServed = (resource: Resource): boolean => {
    const version = groupVersionOf(resource)
    if (!offByDefault.has(version)) return true
    const own = chosen.get(`${version}/${resource.plural}`) ?? chosen.get(version)
    if (own !== undefined) return own
    const wide = many.filter(([name, form]) => chosen.has(name) && form.test(resource.version))
    return chosen.get(wide.at(-1)?.[0] ?? '') ?? false
  }
  return all.filter(isServed)
}

function settingOf(text: string): readonly [name: string, isOn: boolean] {
  const [name = '', value = 'true'] = text.split('=')
  if (value === 'true' || value === 'false') return [name.trim(), value === 'true']
  throw bad(`invalid value ${name}=${value}`)
}

function check(name: string, isOn: boolean, all: readonly Resource[]): void {
  const isMany = many.some(([each]) => each === name)
  const [group = '', version = ''] = name.split('/')
  const asked = name === 'v1' ? 'v1' : `${group}/${version}`
  const known = all.filter((each) => groupVersionOf(each) === asked)
  if (!isMany && known.length === 0) throw bad(`unknown api groups ${asked}`)
  const resource = name.split('/')[2]
  if (resource !== undefined && !known.some(({ plural }) => plural === resource)) {
    throw bad(`${asked} has no ${resource}`)
  }
  const isFixed = isMany ? name !== 'api/beta' : !offByDefault.has(asked)
  if (!isOn && isFixed) throw bad(`${name} cannot be switched off: the cluster itself needs it`)
}

function bad(why: string): KnarrError {
  return new KnarrError('BadRuntimeConfig', `--runtime-config: ${why}`, {
    hint: 'Write it like extensions/v1beta1=true.',
  })
}
