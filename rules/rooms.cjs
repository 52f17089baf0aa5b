// dependency-cruiser 18 configuration: which room may import which (allow-list), doors only, no cycles.
// Needs TypeScript 6 beside it (with 7 it silently cruises 0 modules): fail the build when the cruised count is low.
const base = ['lib', 'machinery', 'api']
const may = {
  lib: [],
  machinery: ['lib'],
  api: ['lib', 'machinery', 'rules'],
  cel: ['lib', 'machinery'],
  rules: ['lib', 'machinery', 'cel'],
  store: ['lib'],
  runtime: ['lib'],
  dns: ['lib'],
  network: ['lib', 'dns'],
  host: ['lib'],
  client: base,
  apiserver: [...base, 'store', 'cel', 'rules'],
  controllers: [...base, 'client', 'rules'],
  scheduler: [...base, 'client', 'rules'],
  proxy: [...base, 'client', 'network', 'dns'],
  kubelet: [...base, 'client', 'runtime', 'network', 'host'],
  node: [...base, 'client', 'kubelet', 'proxy', 'runtime', 'network', 'dns', 'host'],
  sim: [...base, 'client', 'store', 'runtime', 'network', 'dns', 'host'],
}
may.history = [...base, 'apiserver']
may.lab = [...base, 'client', 'store', 'apiserver', 'controllers', 'history', 'node', 'sim']
may.cluster = Object.keys(may)
may.drills = [...base, 'client', 'sim', 'history', 'lab', 'cluster']
may.testing = [...may.drills, 'drills']
may.cli = [...may.testing, 'testing']
const rooms = Object.keys(may)
/** A door is what has a name in package.json: `#machinery`, `#machinery/status`. */
const doors = Object.values(require('../package.json').imports).map(
  (path) => `^${path.replace('./', '').replaceAll('.', '\\.')}$`,
)
module.exports = {
  forbidden: [
    ...rooms.map((room) => ({
      name: `${room}-allow-list`,
      severity: 'error',
      comment: `${room} may import only: ${may[room].join(', ') || 'nothing'}`,
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: `^src/(${[room, ...may[room]].join('|')})/` },
    })),
    {
      name: 'doors-only',
      comment:
        'A conformance suite is a door of its own: it brings the test runner with it. So are the simulation in process, which brings no server, what reads snapshots, which brings no simulation, and the nodes of this machine, which bring containerd and nftables. `machinery` has a door for each topic.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: {
        path: '^src/([^/]+)/',
        pathNot: ['^src/$1/', '^src/[^/]+/(index|conformance)\\.ts$', ...doors],
      },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
}
