import { Level } from 'level';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { LevelEngine } from '@bramble/controller/store/level/level-engine.ts';
import { runStore } from '@bramble/controller/store/testing/running-store.ts';
const filler='an argument of some length, as real pods have them';
function pod(name:string):any{const c=(k:number)=>({name:`container-${k}`,image:`registry.example/team/app-${k}:1.2.3`,args:[filler,filler],env:[{name:'MODE',value:'production'},{name:'LEVEL',value:'info'}],resources:{requests:{cpu:'100m',memory:'64Mi'},limits:{memory:'128Mi'}},ports:[{name:'http',containerPort:8080,protocol:'TCP'}]});
return {apiVersion:'v1',kind:'Pod',metadata:{name,namespace:'default',uid:'0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9',creationTimestamp:'2026',labels:{app:'b',tier:'f'}},spec:{containers:[c(1),c(2),c(3)],restartPolicy:'Always',nodeName:'pi-1'},status:{phase:'Pending'}}}
let batchMs=0,batches=0,commitMs=0, jsMs=0;
const orig=(ClassicLevel.prototype as any).batch;
(ClassicLevel.prototype as any).batch=function(...a:any[]){const t=performance.now();const p=orig.apply(this,a);jsMs+=performance.now()-t;return p.then((v:any)=>{batchMs+=performance.now()-t;batches++;return v})};
async function store(clients:number,ms:number){const d=mkdtempSync(join(tmpdir(),'b-'));const e=new LevelEngine({directory:join(d,'s')});const oc=e.commit.bind(e);let commits=0;(e as any).commit=(t:any)=>{const s=performance.now();commits++;return oc(t).then(r=>{commitMs+=performance.now()-s;return r})};
const {store,stop}=await runStore(e);batchMs=batches=commitMs=jsMs=0;const c0=process.cpuUsage();const s=performance.now();let n=0;
await Promise.all(Array.from({length:clients},async()=>{while(performance.now()-s<ms){const name='pod-'+n++;const key='/registry/pods/default/'+name;await store.commit({conditions:[{key,revision:0}],writes:[{type:'put',key,object:pod(name)}]})}}));
const took=performance.now()-s;const c=process.cpuUsage(c0);console.log(`store ${clients}: ${(n/took*1000).toFixed(0)}/s period ${(took/commits).toFixed(2)} commit ${(commitMs/commits).toFixed(2)} db.batch ${(batchMs/batches).toFixed(2)} ms, js part ${(jsMs/batches).toFixed(2)}; cpu µs/op user ${(c.user/n).toFixed(1)} sys ${(c.system/n).toFixed(1)}`);await stop();rmSync(d,{recursive:true});return commits}
async function raw(size:number,count:number){const d=mkdtempSync(join(tmpdir(),'b-'));const db=new Level<string,string>(join(d,'s'));await db.open();const json=JSON.stringify(pod('pod-000000'));let n=0;const c0=process.cpuUsage();batchMs=batches=jsMs=0;const s=performance.now();
for(let b=0;b<count;b++){const ops:any[]=[];for(let i=0;i<size;i++)ops.push({type:'put',key:'/registry/pods/default/pod-'+n++,value:json});await db.batch(ops,{sync:true})}
const took=performance.now()-s;const c=process.cpuUsage(c0);console.log(`raw ${size}: ${(n/took*1000).toFixed(0)}/s db.batch ${(batchMs/batches).toFixed(2)} js ${(jsMs/batches).toFixed(2)}; cpu user ${(c.user/n).toFixed(1)} sys ${(c.system/n).toFixed(1)}`);await db.close();rmSync(d,{recursive:true})}
for(let r=0;r<2;r++){await store(256,2000);}
