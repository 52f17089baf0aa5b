import { type Random, randomInt } from '#lib'

/** A request as it goes over the wire. */
export interface SoakRequest {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** Whether it comes with an administrator's certificate. */
  readonly isAdmin: boolean
  /** After so many bytes of its body, or of the answer, the client hangs up. */
  readonly hangsUp?: 'sending' | 'reading'
}

/** Names that come once and go; all of an interval share a namespace, which is deleted after it. */
export function namespaceOf(interval: number): string {
  return `soak-${interval}`
}

/** Makes requests that are valid but for what chance has changed about them. */
export function createRequests(random: Random): (interval: number) => SoakRequest {
  let made = 0
  const int = (bound: number) => randomInt(random, bound)
  const one = <T>(items: readonly T[]): T => items[int(items.length)] as T
  const word = () => `w${made++}-${int(1e9).toString(36)}`
  /** Names that were created lately: every other request is about one of them. */
  const recent: string[] = []
  const newName = () => {
    const name = word()
    recent[made % 20] = name
    return name
  }
  const someName = () => (int(2) === 0 ? one(recent) : undefined) ?? word()

  /** Changes one member, at any depth. */
  const mutated = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || int(4) === 0) return one(oddities)(word)
    const copy: unknown = structuredClone(value)
    // Cast: an object or a list, both of which have members.
    const members = copy as Record<string, unknown>
    const name = Object.keys(members).at(int(Object.keys(members).length))
    if (name === undefined || int(6) === 0) members[word()] = one(oddities)(word)
    else members[name] = mutated(members[name])
    return copy
  }
  const bodyOf = (kind: Kind, namespace: string): readonly [string, Buffer] => {
    const object = objectOf(kind, { name: newName(), namespace, word })
    const value = int(3) === 0 ? mutated(object) : object
    const text = JSON.stringify(value)
    switch (int(8)) {
      case 0:
        return ['application/yaml', Buffer.from(yamlOf(value, `# ${word().repeat(int(2_000))}`))]
      case 1:
        return ['application/json', Buffer.from(text.slice(0, int(text.length)))]
      case 2:
        return ['application/vnd.kubernetes.protobuf', garbled(Buffer.from(text))]
      case 3:
        return [`application/${word()}`, Buffer.from(text)]
      default:
        return ['application/json', Buffer.from(text)]
    }
  }
  const garbled = (bytes: Buffer): Buffer => {
    const magic = Buffer.from([0x6b, 0x38, 0x73, 0])
    for (let i = 0; i < 4 && bytes.length > 0; i++) bytes[int(bytes.length)] = int(256)
    return Buffer.concat([magic, bytes])
  }
  const targetOf = (kind: Kind, namespace: string): string => {
    const base = `${kind.root}/namespaces/${int(8) === 0 ? word() : namespace}/${kind.plural}`
    const path = one([base, base, `${base}/${someName()}`, `${base}/${someName()}/${one(parts)}`])
    const at = int(path.length)
    return int(12) === 0 ? `${path.slice(0, at)}${one(['/', '%', word()])}${path.slice(at)}` : path
  }
  const headersOf = (): Record<string, string> => ({
    accept: one(['application/json', 'application/json', '*/*', 'application/yaml', word()]),
    'user-agent': one(['kubectl/v1.36', word()]),
    ...(int(10) === 0 && { authorization: `Bearer ${word()}.${word()}.${word()}` }),
    ...(int(6) === 0 && { 'impersonate-user': word(), 'impersonate-group': word() }),
    ...(int(20) === 0 && { 'knarr-cause': word() }),
    ...(int(20) === 0 && { [word()]: word() }),
  })

  return (interval) => {
    const kind = one(kinds)
    const namespace = namespaceOf(interval)
    const target = targetOf(kind, namespace)
    const object = `${kind.root}/namespaces/${namespace}/${kind.plural}/${someName()}`
    const common = { headers: headersOf(), isAdmin: int(10) > 0 }
    const write = (method: string, path: string, type?: string): SoakRequest => {
      const [contentType, body] = bodyOf(kind, namespace)
      const headers = { ...common.headers, 'content-type': type ?? contentType }
      const hangsUp = int(50) === 0 ? ({ hangsUp: 'sending' } as const) : {}
      return { ...common, method, target: path, headers, body, ...hangsUp }
    }
    switch (int(14)) {
      case 0:
        return { ...common, method: 'GET', target: `${target}?watch=1`, hangsUp: 'reading' }
      case 1:
        return { ...common, method: 'GET', target: `${target}?labelSelector=${word()}%3D${word()}` }
      case 2:
        return { ...common, method: 'GET', target }
      case 3:
        return { ...common, method: 'DELETE', target: object }
      case 4:
        return { ...common, method: one(['DELETE', 'HEAD', 'OPTIONS', 'TRACE']), target }
      case 5:
        return write('PUT', one([target, object]))
      case 6:
      case 7: {
        const forms = ['json-patch+json', 'merge-patch+json', 'apply-patch+yaml'] as const
        const path = `${object}?fieldManager=${one(['a', word()])}`
        return write('PATCH', one([target, path]), `application/${one(forms)}`)
      }
      case 8: {
        const about = `/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`
        const attributes = { namespace: word(), verb: word(), resource: word(), name: word() }
        const spec = { resourceAttributes: attributes }
        const body = Buffer.from(JSON.stringify({ spec }))
        const headers = { ...common.headers, 'content-type': 'application/json' }
        return { ...common, method: 'POST', target: about, headers, body }
      }
      default:
        return write('POST', target)
    }
  }
}

/** A valid object, as requests send it before it is mutated. */
export function objectOf(
  { apiVersion, kind, rest }: Kind,
  { name, namespace, word }: { name: string; namespace: string; word: () => string },
): Record<string, unknown> {
  const metadata = { name, namespace, labels: { [word()]: word() } }
  return { apiVersion, kind, metadata, ...rest(word, namespace) }
}

/** A kind that is written. */
export interface Kind {
  readonly root: string
  readonly plural: string
  readonly apiVersion: string
  readonly kind: string
  readonly rest: (word: () => string, namespace: string) => Record<string, unknown>
}

const containers = (word: () => string) => [
  { name: 'a', image: word(), env: [{ name: 'A', value: word() }], ports: [{ containerPort: 80 }] },
]

const core = { root: '/api/v1', apiVersion: 'v1' }

/** The kinds that requests are about. */
export const kinds: readonly Kind[] = [
  {
    ...core,
    plural: 'configmaps',
    kind: 'ConfigMap',
    rest: (word) => ({ data: { [word()]: word() } }),
  },
  {
    ...core,
    plural: 'secrets',
    kind: 'Secret',
    rest: (word) => ({ stringData: { [word()]: word() } }),
  },
  {
    ...core,
    plural: 'services',
    kind: 'Service',
    rest: (word) => ({ spec: { selector: { a: word() }, ports: [{ name: 'a', port: 80 }] } }),
  },
  { ...core, plural: 'serviceaccounts', kind: 'ServiceAccount', rest: () => ({}) },
  {
    ...core,
    plural: 'pods',
    kind: 'Pod',
    // Nobody runs it: what a soak looks at is the server.
    rest: (word) => ({
      spec: { schedulerName: 'none', containers: containers(word), nodeSelector: { a: word() } },
    }),
  },
  {
    ...core,
    plural: 'events',
    kind: 'Event',
    rest: (word, namespace) => ({
      involvedObject: { kind: 'Pod', namespace, name: word() },
      reason: word(),
      message: word(),
    }),
  },
  {
    root: '/apis/apps/v1',
    apiVersion: 'apps/v1',
    plural: 'deployments',
    kind: 'Deployment',
    rest: (word) => ({
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'a' } },
        template: {
          metadata: { labels: { app: 'a', b: word() } },
          spec: { containers: containers(word) },
        },
      },
    }),
  },
  {
    root: '/apis/rbac.authorization.k8s.io/v1',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    plural: 'roles',
    kind: 'Role',
    rest: (word) => ({ rules: [{ apiGroups: [''], resources: [word()], verbs: ['get'] }] }),
  },
  {
    root: '/apis/coordination.k8s.io/v1',
    apiVersion: 'coordination.k8s.io/v1',
    plural: 'leases',
    kind: 'Lease',
    rest: (word) => ({ spec: { holderIdentity: word() } }),
  },
]

const parts = ['status', 'scale', 'log', 'exec', 'proxy', 'token', 'eviction', 'none']

const oddities: readonly ((word: () => string) => unknown)[] = [
  () => null,
  () => -1,
  () => 1e99,
  () => [],
  () => ({}),
  () => true,
  (word) => word(),
  (word) => word().repeat(5_000),
  (word) => [word(), { [word()]: word() }],
]

/** As YAML behind a comment, in the block style that people write. */
function yamlOf(value: unknown, comment: string, indent = ''): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return JSON.stringify(value)
  }
  const lines = Object.entries(value).map(([name, member]) => {
    const isMap = typeof member === 'object' && member !== null && !Array.isArray(member)
    const below = yamlOf(member, '', `${indent}  `)
    return `${indent}${name}: ${isMap && below !== '' ? `\n${below}` : below || '{}'}`
  })
  return [...(comment === '' ? [] : [comment]), ...lines].join('\n')
}
