import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { WebhookConnection } from '#apiserver'
import { decodeYaml } from '#machinery/codec'

type Fields = Readonly<Record<string, unknown>>

/**
 * How the server of a webhook is reached by a kubeconfig: its cluster is the server, its user this one. Paths in it are
 * relative to it. @throws Error for what is missing or cannot be had
 */
export function connectionIn(path: string): WebhookConnection {
  const config = fieldsOf(decodeYaml(readFileSync(path, 'utf8'))[0])
  const context = named(config, 'contexts', textOf(config, 'current-context'), 'context')
  const cluster = named(config, 'clusters', textOf(context, 'cluster'), 'cluster')
  const user = named(config, 'users', textOf(context, 'user'), 'user')
  refuse(cluster, ['insecure-skip-tls-verify', 'proxy-url'])
  refuse(user, ['exec', 'auth-provider', 'as', 'as-groups', 'as-uid', 'as-user-extra'])
  const url = textOf(cluster, 'server')
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') {
    throw new Error(`the server of a webhook has to have https: ${JSON.stringify(url)}`)
  }
  const pem = pemsIn(dirname(path))
  const [certificate, key] = [pem(user, 'client-certificate'), pem(user, 'client-key')]
  if ((certificate === undefined) !== (key === undefined)) {
    throw new Error('client-certificate and client-key belong together')
  }
  const authorization = credentialsOf(user, dirname(path))
  const serverName = textOf(cluster, 'tls-server-name')
  return {
    url,
    authorities: pem(cluster, 'certificate-authority'),
    ...(serverName !== '' && { serverName }),
    ...(certificate !== undefined && key !== undefined && { client: { certificate, key } }),
    ...(authorization !== undefined && { headers: { authorization } }),
  }
}

/** The entry of a list by its name; without a context it is the only one, as in files of few lines. */
function named(config: Fields, list: string, name: string, part: string): Fields {
  const entries = Array.isArray(config[list]) ? config[list].map(fieldsOf) : []
  const found =
    name === '' && entries.length <= 1 ? entries[0] : entries.find((each) => each.name === name)
  if (!found && name !== '') throw new Error(`${part} ${JSON.stringify(name)} does not exist`)
  return fieldsOf(found?.[part])
}

function pemsIn(directory: string): (of: Fields, name: string) => string | undefined {
  return (of, name) => {
    const data = textOf(of, `${name}-data`)
    if (data !== '') return Buffer.from(data, 'base64').toString('latin1')
    const file = textOf(of, name)
    return file === '' ? undefined : readFileSync(resolve(directory, file), 'utf8')
  }
}

function credentialsOf(user: Fields, directory: string): string | undefined {
  const file = textOf(user, 'tokenFile')
  const token =
    file === '' ? textOf(user, 'token') : readFileSync(resolve(directory, file), 'utf8').trim()
  if (token !== '') return `Bearer ${token}`
  const name = textOf(user, 'username')
  if (name === '') return undefined
  return `Basic ${Buffer.from(`${name}:${textOf(user, 'password')}`).toString('base64')}`
}

function refuse(fields: Fields, names: readonly string[]): void {
  const found = names.find((name) => fields[name] !== undefined && fields[name] !== false)
  if (found !== undefined) throw new Error(`${found} is not supported for a webhook`)
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name]
  return typeof value === 'string' ? value : ''
}

function fieldsOf(value: unknown): Fields {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  // Cast: an object of YAML has texts for keys.
  return isObject ? (value as Fields) : {}
}
