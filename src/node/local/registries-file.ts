import { existsSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { parseDocument } from 'yaml'
import { KnarrError } from '#lib'
import type { RegistryAccess, RegistryMirror } from '#runtime'

/** How registries are reached, as a `registries.yaml` (k3s' format) says it. */
export interface Registries {
  readonly mirrors: readonly RegistryMirror[]
  readonly access: readonly RegistryAccess[]
}

/** Reads a registries file. Throws a KnarrError that names the place, and never a secret. */
export function readRegistriesFile(path: string): Registries {
  if (!existsSync(path)) throw new KnarrError('NoRegistriesFile', `there is no file ${path}`)
  return parseRegistries(readFileSync(path, 'utf8'), path)
}

/** Relative paths in it are beside `path`. */
export function parseRegistries(content: string, path: string): Registries {
  const document = parseDocument(content, { prettyErrors: false })
  // The parser's own message would quote the line, which may hold a password.
  if (document.errors.length > 0) {
    const at = content.slice(0, document.errors[0]?.pos[0]).split('\n').length
    throw bad(path, `line ${at}`, 'not YAML')
  }
  const root = fieldsOf(document.toJS() ?? {}, ['mirrors', 'configs'], { path, place: 'the file' })
  return {
    mirrors: entries(root.mirrors, { path, place: 'mirrors' }).map(([registry, value, where]) =>
      mirrorOf(registry, value, where),
    ),
    access: entries(root.configs, { path, place: 'configs' }).map(([host, value, where]) =>
      accessOf(host, value, where),
    ),
  }
}

interface Where {
  readonly path: string
  readonly place: string
}

type Fields = Readonly<Record<string, unknown>>

function mirrorOf(registry: string, value: unknown, where: Where): RegistryMirror {
  const { endpoint = [], rewrite } = fieldsOf(value ?? {}, ['endpoint', 'rewrite'], where)
  const place = `${where.place}.endpoint`
  if (!Array.isArray(endpoint)) throw bad(where.path, place, 'not a list of URLs')
  const endpoints = endpoint.map((each: unknown, index) => {
    if (typeof each === 'string' && isHttpUrl(each)) return each
    throw bad(where.path, `${place}[${index}]`, 'not an http or https URL')
  })
  const repositoryPrefix = prefixOf(rewrite, { ...where, place: `${where.place}.rewrite` })
  return { registry, endpoints, fallback: true, ...(repositoryPrefix ? { repositoryPrefix } : {}) }
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

/** containerd knows no patterns; a prefix of all names it can be given as a part of the path. */
function prefixOf(value: unknown, where: Where): string | undefined {
  if (value === undefined || value === null) return undefined
  const rules = Object.entries(fieldsOf(value, undefined, where))
  if (rules.length === 0) return undefined
  const [[pattern, replacement] = ['', '']] = rules
  const prefix = /^([\w./-]+)\/\$1$/.exec(String(replacement))?.[1]
  if (rules.length === 1 && /^\^?\(\.[*+]\)\$?$/.test(pattern) && prefix) return prefix
  const message = 'a rewrite that is not one prefix for all names: "^(.*)$": "PREFIX/$1"'
  throw bad(where.path, where.place, message)
}

const authFields = { username: 'username', password: 'password', auth: 'auth' } as const
const tlsFields = { ca_file: 'caFile', cert_file: 'certFile', key_file: 'keyFile' } as const

function accessOf(host: string, value: unknown, where: Where): RegistryAccess {
  const config = fieldsOf(value ?? {}, ['auth', 'tls'], where)
  const auth = config.auth === undefined ? {} : { auth: authOf(config.auth, where) }
  const tls = config.tls === undefined ? {} : { tls: tlsOf(config.tls, where) }
  return { host, ...auth, ...tls }
}

function authOf(value: unknown, { path, place }: Where): NonNullable<RegistryAccess['auth']> {
  const where = { path, place: `${place}.auth` }
  const fields = fieldsOf(value, [...Object.keys(authFields), 'identity_token'], where)
  return texts(fields, { ...authFields, identity_token: 'identityToken' }, where)
}

function tlsOf(value: unknown, { path, place }: Where): NonNullable<RegistryAccess['tls']> {
  const where = { path, place: `${place}.tls` }
  const known = [...Object.keys(tlsFields), 'insecure_skip_verify']
  const fields = fieldsOf(value, known, where)
  const insecure = fields.insecure_skip_verify ?? false
  if (typeof insecure !== 'boolean') {
    throw bad(path, `${where.place}.insecure_skip_verify`, 'neither true nor false')
  }
  const files = texts(fields, tlsFields, where)
  if ((files.certFile === undefined) !== (files.keyFile === undefined)) {
    throw bad(path, where.place, 'cert_file and key_file go together')
  }
  const found = Object.entries(files).map(([name, file]) => [name, fileAt(String(file), where)])
  return { ...Object.fromEntries(found), ...(insecure ? { insecureSkipVerify: true } : {}) }
}

function fileAt(file: string, { path, place }: Where): string {
  const full = isAbsolute(file) ? file : join(dirname(path), file)
  if (!existsSync(full)) throw bad(path, place, `there is no file ${full}`)
  return full
}

/** The texts among `fields`, under their names here. */
function texts<Name extends string>(
  fields: Fields,
  names: Readonly<Record<string, Name>>,
  { path, place }: Where,
): { readonly [name in Name]?: string } {
  const found: { [name in Name]?: string } = {}
  for (const [field, name] of Object.entries(names)) {
    const value = fields[field]
    if (value === undefined || value === null) continue
    if (typeof value !== 'string') throw bad(path, `${place}.${field}`, 'not a text; quote it')
    found[name] = value
  }
  return found
}

function entries(value: unknown, where: Where): readonly (readonly [string, unknown, Where])[] {
  return Object.entries(fieldsOf(value ?? {}, undefined, where)).map(
    ([name, each]) => [name, each, { ...where, place: `${where.place}.${name}` }] as const,
  )
}

function fieldsOf(value: unknown, known: readonly string[] | undefined, where: Where): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw bad(where.path, where.place, 'not a map')
  }
  const unknown = known && Object.keys(value).find((name) => !known.includes(name))
  if (unknown === undefined) return value as Fields
  throw bad(where.path, where.place, `an unknown field ${unknown} (known: ${known?.join(', ')})`)
}

function bad(path: string, place: string, what: string): KnarrError {
  return new KnarrError('BadRegistriesFile', `${path}: ${place}: ${what}`, {
    hint: 'docs/cluster.md shows what such a file looks like.',
  })
}
