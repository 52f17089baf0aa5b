/**
 * The style sheet of a report in HTML: light and dark by what the reader's system says, one column on a phone. Every
 * colour that carries text has a contrast of at least 4.5 to its ground (WCAG 2.2, 1.4.3).
 */
export const styles = `
:root { color-scheme: light dark;
  --ground: #ffffff; --raised: #f4f5f7; --line: #d0d4da; --text: #1c2127; --quiet: #545d68;
  --pass: #1a6e34; --risk: #8a5300; --fails: #b3221b;
  --ready: #3f9d5a; --running: #e0a63c; --pending: #b9c0c9; --terminating: #8f6fc4; --ended: #6f7883; --unknown: #cf5b54;
  --answered: #7fb3e6; --lost: #cf3b34; --fault: rgba(207, 59, 52, .13) }
@media (prefers-color-scheme: dark) { :root {
  --ground: #14181d; --raised: #1e242b; --line: #3a424c; --text: #e6e9ed; --quiet: #a4adb8;
  --pass: #6ccf8a; --risk: #eab85a; --fails: #ff8d86;
  --ready: #4fb06c; --running: #c8922f; --pending: #59626d; --terminating: #9d82d0; --ended: #7d8793; --unknown: #d96a63;
  --answered: #4d86c0; --lost: #e5534b; --fault: rgba(229, 83, 75, .18) } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 75rem; padding: 1rem; background: var(--ground); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; margin: .5rem 0 } h2 { font-size: 1.25rem; margin: 0 } h3 { font-size: 1rem; margin: 1.25rem 0 .25rem }
p { margin: .35rem 0 } ul { margin: .35rem 0; padding-left: 1.25rem }
a { color: inherit }
.quiet { color: var(--quiet) }
.verdict { font-weight: 700 }
.pass { color: var(--pass) } .at-risk { color: var(--risk) } .fails { color: var(--fails) } .skipped { color: var(--quiet) }
section { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 1rem 0 }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: .25rem; padding: .5rem; margin: .35rem 0;
  white-space: pre-wrap; font: .8125rem/1.45 ui-monospace, monospace }
table { border-collapse: collapse; font-size: .875rem; width: 100%; overflow-wrap: normal }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line) }
summary { cursor: pointer }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--answered); outline-offset: 2px }
.lane { display: grid; grid-template-columns: 15rem 1fr; gap: 0 .75rem; align-items: center; margin: .25rem 0 }
.lane .name { font-size: .8125rem; line-height: 1.25 }
.track { position: relative; height: 1.5rem; background: var(--raised); overflow: hidden }
.requests .track { height: 4rem }
.axis .track { background: none; height: 1.25rem; overflow: visible; font-size: .75rem; color: var(--quiet) }
.axis span { position: absolute; transform: translateX(-50%); white-space: nowrap }
.axis .first { transform: none } .axis .last { transform: translateX(-100%) }
.track i { position: absolute; display: block; top: 0; bottom: 0; min-width: 1px }
.fault { background: var(--fault); border-left: 2px solid var(--lost) }
.track .zero { width: 0; border-left: 1px dashed var(--quiet) }
.track .span { top: .2rem; bottom: .5rem }
.track .endpoint { top: auto; height: .25rem; bottom: .1rem; background: var(--answered) }
.track .mark { width: 2px; min-width: 2px; background: var(--text); top: .2rem; bottom: .5rem }
.Pending { background: var(--pending) } .Running { background: var(--running) } .ready { background: var(--ready) }
.Terminating { background: repeating-linear-gradient(45deg, var(--terminating) 0 4px, transparent 4px 6px) }
.Succeeded, .Failed { background: var(--ended) }
.Unknown { background: repeating-linear-gradient(-45deg, var(--unknown) 0 4px, transparent 4px 6px) }
.of-answered { background: var(--answered) }
.of-lost { background: repeating-linear-gradient(45deg, var(--lost) 0 5px, var(--fails) 5px 7px) }
.track .bar { top: auto }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; padding: 0; font-size: .8125rem }
.legend i { display: inline-block; width: 1.25rem; height: .75rem; margin-right: .35rem; position: static }
@media (max-width: 40rem) { .lane { grid-template-columns: 1fr } body { padding: .5rem } section { padding: .75rem } }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth } }
@media print { details { display: none } section { break-inside: avoid } }
`
