import { formatDuration } from '#machinery'
import type { NetworkResponse } from '../../model/fabric.ts'
import type { Subcommand } from '../program/program.ts'
import { notFoundAnswer, requestPath, type ServedRequest, textAnswer } from './http.ts'

/** `grpc-health-checking`: a server of gRPC's health protocol that can be made unwell. */
export const grpcHealthChecking: Subcommand = {
  flags: {
    port: { takes: 'number', by: 5000 },
    'http-port': { takes: 'number', by: 8080 },
    'delay-unhealthy-sec': { takes: 'number', by: -1 },
    service: { takes: 'text', by: '' },
    'tls-cert-file': { takes: 'text', by: '' },
    'tls-private-key-file': { takes: 'text', by: '' },
  },
  start(run) {
    const { flags, memo, world, startedMs } = run
    const port = flags.number('port')
    const httpPort = flags.number('http-port')
    if (run.isNew) {
      run.log(`Http server starting to listen on :${httpPort}`)
      run.log(`gRPC server starting to listen on :${port}`)
    }
    const check = (service: string): NetworkResponse => {
      if (service !== flags.text('service')) return { status: 404, headers: [], body: nothing }
      const delay = flags.number('delay-unhealthy-sec')
      const isLate = delay >= 0 && world.nowMs() - startedMs >= delay * 1000
      return { status: memo.isUnwell === true || isLate ? 503 : 200, headers: [], body: nothing }
    }
    const mark = (request: ServedRequest): NetworkResponse => {
      const path = requestPath(request)
      if (path !== '/make-serving' && path !== '/make-not-serving') return notFoundAnswer()
      memo.isUnwell = path === '/make-not-serving'
      run.log(`Mark as ${memo.isUnwell ? 'unhealthy' : 'healthy'}`)
      return textAnswer(formatDuration(world.nowMs() - startedMs))
    }
    return {
      tcp: [port, httpPort],
      answer(request, at, give) {
        if (request.protocol === 'grpc') give(check(request.service))
        else if (request.protocol === 'http' && at === httpPort) give(mark(request))
        else give({ status: 0, headers: [], body: nothing })
      },
    }
  },
}

const nothing = new Uint8Array()
