import type { HTTPGetAction, LifecycleHandler, Probe } from '#api'
import type { DialHttpRequest } from '#network'
import type { AnyContainer } from '../model/containers.ts'

/** A port as a probe or hook names it: a number, or the name of one of the container's ports. */
export function resolvePort(port: number | string, container: AnyContainer): number | undefined {
  if (typeof port === 'number') return port > 0 && port < 65_536 ? port : undefined
  const named = (container.ports ?? []).find(({ name }) => name === port)?.containerPort
  if (named !== undefined) return named
  return /^\d+$/.test(port) ? Number(port) : undefined
}

/** The ports of a container's own that its probes and hooks ask, in order. */
export function askedPorts(container: AnyContainer): readonly number[] {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container
  const handlers: readonly (Probe | LifecycleHandler | undefined)[] = [
    livenessProbe,
    readinessProbe,
    startupProbe,
    lifecycle?.postStart,
    lifecycle?.preStop,
  ]
  const asked = handlers.flatMap((handler) => {
    const { httpGet, tcpSocket } = handler ?? {}
    const elsewhere = httpGet?.host || tcpSocket?.host
    const grpc = handler && 'grpc' in handler ? handler.grpc?.port : undefined
    const port = httpGet?.port ?? tcpSocket?.port ?? grpc
    return elsewhere || port === undefined ? [] : (resolvePort(port, container) ?? [])
  })
  return [...new Set(asked)].toSorted((a, b) => a - b)
}

/** The request of an httpGet probe or hook (upstream: NewRequestForHTTPGetAction). */
export function httpRequest(
  action: HTTPGetAction,
  container: AnyContainer,
  podIp: string,
  options: Pick<DialHttpRequest, 'timeoutMs' | 'redirects' | 'bodyLimitBytes'> & {
    readonly userAgent: string
  },
): DialHttpRequest | undefined {
  const port = resolvePort(action.port, container)
  if (port === undefined) return undefined
  const { userAgent, ...rest } = options
  const path = action.path || '/'
  return {
    scheme: (action.scheme ?? 'HTTP').toLowerCase() === 'https' ? 'https' : 'http',
    host: action.host || podIp,
    port,
    path: path.startsWith('/') ? path : `/${path}`,
    method: 'GET',
    headers: headersOf(action, userAgent),
    ...rest,
  }
}

/**
 * The headers that are asked for, and `User-Agent` and `Accept` unless they name them. Only these two
 * are left out by an empty value; any other is sent without one.
 */
function headersOf(
  { httpHeaders = [] }: HTTPGetAction,
  userAgent: string,
): DialHttpRequest['headers'] {
  const given = httpHeaders.map(({ name, value = '' }) => [name, value] as const)
  const defaults = [
    ['User-Agent', userAgent],
    ['Accept', '*/*'],
  ] as const
  const isSame = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()
  const isDefault = (name: string) => defaults.some(([other]) => isSame(name, other))
  return [
    ...given.filter(([name, value]) => value !== '' || !isDefault(name)),
    ...defaults.filter(([name]) => !given.some(([other]) => isSame(name, other))),
  ]
}
