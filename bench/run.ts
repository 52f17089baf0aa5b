/** `make bench`: every figure, one command after the other. */
import { spawnSync } from 'node:child_process'

for (const file of [
  'bench/start.ts',
  'bench/store.ts',
  'bench/apiserver.ts',
  'bench/lists.ts',
  'bench/extensions.ts',
  'bench/dns.ts',
  'bench/service-rules.ts',
  'bench/policies.ts',
  'bench/scheduler.ts',
  'bench/virtual-clock.ts',
  'bench/simulation.ts',
  'bench/drills.ts',
]) {
  console.log(`\n# node ${file}`)
  const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}
