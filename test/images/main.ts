/**
 * Serves the tests' images until interrupted:
 *
 *     node test/images/main.ts [PORT]
 */
import { startTestRegistry } from './registry.ts'

const port = process.argv[2]
const registry = await startTestRegistry(port ? { port: Number(port) } : {})
for (const { registry: name, endpoints } of registry.mirrors) {
  console.log(`--registry-mirror ${name}=${endpoints[0]}`)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void registry.stop().then(() => process.exit(0)))
}
