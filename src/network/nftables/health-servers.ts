import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { Server as TcpServer } from 'node:net'
import { KnarrError, type Logger, messageOf } from '#lib'
import type { ServiceHealthCheck } from '../model/service-table.ts'

/** Answers load balancers that ask whether this node has endpoints of a Service. */
export interface HealthServers extends AsyncDisposable {
  /** Opens, keeps and closes ports so that exactly these are served. A taken port is logged. */
  serve(checks: readonly ServiceHealthCheck[]): Promise<void>
}

interface Running {
  readonly server: Server
  check: ServiceHealthCheck
}

export function createHealthServers(netns: string | undefined, log: Logger): HealthServers {
  const running = new Map<number, Running>()
  const close = async (port: number) => {
    const server = running.get(port)?.server
    running.delete(port)
    server?.closeAllConnections()
    await server?.[Symbol.asyncDispose]()
  }
  const open = async (check: ServiceHealthCheck) => {
    const entry: Running = { server: createServer(), check }
    entry.server.on('request', (_request, response) => {
      const { status, headers, body } = healthAnswer(entry.check)
      response.writeHead(status, headers).end(body)
    })
    await listen(entry.server, check.port, netns)
    running.set(check.port, entry)
  }
  return {
    serve: async (checks) => {
      const wanted = new Map(checks.map((check) => [check.port, check]))
      for (const port of running.keys()) if (!wanted.has(port)) await close(port)
      for (const [port, check] of wanted) {
        const known = running.get(port)
        if (known) known.check = check
        else {
          const failed = (error: unknown) =>
            log.error('health check node port cannot be served', { port, error: messageOf(error) })
          await open(check).catch(failed)
        }
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const port of [...running.keys()]) await close(port)
    },
  }
}

/**
 * Gives upstream's answer to a load balancer's health check: 200 while this node has endpoints, else 503,
 * with the count in a header.
 */
export function healthAnswer(check: ServiceHealthCheck): {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
} {
  const { namespace, name, localEndpoints } = check
  const report = { service: { namespace, name }, localEndpoints, serviceProxyHealthy: true }
  return {
    status: localEndpoints > 0 ? 200 : 503,
    headers: {
      'Content-Type': 'application/json',
      'X-Content-Type-Options': 'nosniff',
      'X-Load-Balancing-Endpoint-Weight': String(localEndpoints),
    },
    body: JSON.stringify(report, undefined, '\t'),
  }
}

async function listen(server: Server, port: number, netns: string | undefined): Promise<void> {
  if (netns === undefined) {
    server.listen(port)
    await once(server, 'listening')
    return
  }
  server.listen(await listenerInside(netns, port))
  await once(server, 'listening')
}

/**
 * A process cannot change its network namespace once it has threads, but it may be handed a socket
 * from there: a child opens the port inside, passes it over and ends, so that only we accept.
 */
async function listenerInside(netns: string, port: number): Promise<TcpServer> {
  const script = `const s = require('node:net').createServer()
    s.on('error', (e) => process.send({ failed: e.message }, () => process.exit(1)))
    s.listen(${port}, () => process.send({ opened: true }, s, () => process.exit()))`
  const args = [`--net=${netns}`, process.execPath, '-e', script]
  const child = spawn('nsenter', args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const ended = once(child, 'exit').then(() => [{ failed: 'the helper ended' }, undefined])
  const [message, handle] = await Promise.race([once(child, 'message'), ended])
  if (handle === undefined) {
    throw new KnarrError('PortUnavailable', `listen on ${port}: ${message.failed}`)
  }
  return handle
}
