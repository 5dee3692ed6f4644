import sys,time
from tests.simulation.play import play,Plan
a,b=sys.argv[1].split(":") if ":" in sys.argv[1] else (sys.argv[1],int(sys.argv[1])+1)
import logging; logging.disable(logging.CRITICAL)
if "-v" in sys.argv: logging.disable(logging.NOTSET); logging.basicConfig(level=logging.INFO)
T=time.process_time()
bad=0
for s in range(int(a),int(b)):
    t=time.process_time(); r=play(s, keep_trace="-t" in sys.argv)
    if "-t" in sys.argv: open("/tmp/simulate/trace.txt","w").write("\n".join(r.trace))
    if r.faults or "-q" not in sys.argv:
        print(s, Plan.of(s), r.steps, round(r.virtual_s,1), dict(r.struck), round(time.process_time()-t,2), r.digest[:8], len(r.faults), *r.faults[:6], sep="\n    " if r.faults else " ", flush=True)
    bad+=bool(r.faults)
print("cpu/seed", (time.process_time()-T)/(int(b)-int(a)), "bad", bad)
