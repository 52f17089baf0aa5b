import type { ByteStream, Random, StreamSession } from '#lib'
import {
  type ApiRequest,
  type ExecOptions,
  encodedFrom,
  type KubeObject,
  type NodeApi,
  type NodeConnector,
  type ObjectKey,
} from '#machinery'
import { notFound, toStatusError } from '#machinery/status'
import type { ObjectReader } from '../cache/object-reader.ts'
import { proxyUpgrade } from '../proxy/proxy.ts'
import type { ConnectHandler, Connection } from '../request/connection.ts'
import type { OpenAudit } from '../request/request-audit.ts'
import type { ResourceInfo } from '../request/request-info.ts'
import type { AskedConnection } from './admit-connection.ts'
import { execOptionsOf, portsOf } from './options.ts'
import { containerOf, nodeOf, podNamed } from './pod-target.ts'

/** What the handler of connections needs. */
export interface ConnectHandlerOptions {
  /**
   * Puts the request through the stages before routing, admission of `connect` included.
   * Rejects with the StatusError that refuses it.
   */
  readonly admit: (
    asked: AskedConnection,
    signal: AbortSignal,
  ) => Promise<{ readonly info: ResourceInfo; readonly request: ApiRequest }>
  /** The connection to another server that answers for the path; undefined for paths of this one. */
  readonly forward: (asked: AskedConnection, signal: AbortSignal) => Promise<Connection> | undefined
  readonly audit: OpenAudit
  readonly objects: ObjectReader
  readonly nodes: NodeConnector
  readonly random: Random
}

/** Opens what `pods/exec`, `pods/attach` and `pods/portforward` ask for, and what goes through a proxy. */
export function createConnectHandler(options: ConnectHandlerOptions): ConnectHandler {
  return async (request, signal) => {
    const audit = options.audit(request)
    const connection = await connected(options, { request, audit }, signal)
    if (connection.kind !== 'response') {
      await audit.upgraded(signal)
      return connection
    }
    return { kind: 'response', response: await audit.answered(connection.response, signal) }
  }
}

/** What a request comes to. */
async function connected(
  options: ConnectHandlerOptions,
  asked: AskedConnection,
  signal: AbortSignal,
): Promise<Connection> {
  try {
    const forwarded = await options.forward(asked, signal)
    if (forwarded) return forwarded
    const { info, request } = await options.admit(asked, signal)
    if (info.subresource === 'proxy') {
      const { resource: plural, namespace, name } = info
      return await proxyUpgrade({ ...options, request, plural, namespace, name, signal })
    }
    return await open(options, { info, query: request.query }, signal)
  } catch (error) {
    const { code, status } = toStatusError(error)
    const value = encodedFrom(status as unknown as KubeObject)
    return {
      kind: 'response',
      response: { status: code, headers: {}, body: { kind: 'object', value } },
    }
  }
}

interface Wanted {
  readonly info: ResourceInfo
  readonly query: URLSearchParams
}

async function open(
  { objects, nodes }: ConnectHandlerOptions,
  { info, query }: Wanted,
  signal: AbortSignal,
): Promise<Connection> {
  const { group, resource, subresource, namespace, name } = info
  const key: ObjectKey = { namespace, name }
  const pod = group === '' && resource === 'pods' && openers[subresource]
  if (!pod) throw notFound({ group, plural: resource }, name)
  return pod({ objects, nodes, key, query }, signal)
}

interface PodRequest {
  readonly objects: ObjectReader
  readonly nodes: NodeConnector
  readonly key: ObjectKey
  readonly query: URLSearchParams
}

type Opener = (request: PodRequest, signal: AbortSignal) => Promise<Connection>

const openers: Readonly<Record<string, Opener>> = {
  exec: (request, signal) =>
    openCommand(request, signal, (node, address, options) => node.exec(address, options, signal)),
  attach: (request, signal) =>
    openCommand(request, signal, (node, address, options) => node.attach(address, options, signal)),
  portforward: openPorts,
}

type Start = (
  node: NodeApi,
  address: Parameters<NodeApi['exec']>[0],
  options: ExecOptions,
) => Promise<StreamSession>

async function openCommand(
  { objects, nodes, key, query }: PodRequest,
  signal: AbortSignal,
  start: Start,
): Promise<Connection> {
  const pod = podNamed(objects, key)
  const container = containerOf(pod, query.get('container') ?? '')
  const nodeName = nodeOf(pod)
  const options = execOptionsOf(query)
  const { namespace = '', name, uid } = pod.metadata
  const node = await nodes(nodeName, signal)
  const session = await start(node, { namespace, pod: name, podUid: uid, container }, options)
  return { kind: 'command', session, options }
}

async function openPorts(
  { objects, nodes, key, query }: PodRequest,
  signal: AbortSignal,
): Promise<Connection> {
  const pod = podNamed(objects, key)
  const requested = portsOf(query)
  const node = await nodes(nodeOf(pod), signal)
  const { namespace = '', name, uid } = pod.metadata
  const address = { namespace, pod: name, podUid: uid }
  return {
    kind: 'portForward',
    ports: {
      pod: { name, uid },
      requested,
      open: (port, streamSignal): Promise<ByteStream> =>
        node.portForward(address, port, streamSignal),
    },
  }
}
