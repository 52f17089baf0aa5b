import { bytesOf } from '../../process/bytes.ts'
import type { Subcommand } from '../program/program.ts'
import { textAnswer, typed } from './http.ts'

const variable = /^SERVE_(?:(UDP|TLS|TCP)_)?PORT_(\d{1,5})$/

/** `porter`: answers on the ports that its environment names what that says. */
export const porter: Subcommand = {
  flags: { 'json-response': { takes: 'switch', by: false } },
  start({ flags, world, isNew, log }) {
    const served = Object.entries(world.env).flatMap(([name, value]) => {
      const [, kind = 'TCP', port] = variable.exec(name) ?? []
      return port === undefined ? [] : [{ kind, port: Number(port), value }]
    })
    const portsOf = (isUdp: boolean) =>
      served.filter(({ kind }) => (kind === 'UDP') === isUdp).map(({ port }) => port)
    if (isNew) for (const port of portsOf(true)) log(`Started UDP server on port ${port}`)
    const isJson = flags.isSet('json-response')
    return {
      tcp: portsOf(false),
      udp: portsOf(true),
      answer(request, port, give) {
        const isUdp = request.protocol === 'udp'
        const value = served.find(
          (each) => each.port === port && (each.kind === 'UDP') === isUdp,
        )?.value
        if (value === undefined) return
        const method = request.protocol === 'http' ? request.method : ''
        const json = JSON.stringify({ Method: method, Body: value })
        if (isUdp) give({ status: 0, headers: [], body: bytesOf(value) })
        else give(isJson ? typed('application/json', json) : textAnswer(value))
      },
    }
  },
}
