// Written by `node validators.ts` from the schema beside it; not to be edited.
"use strict";
export const validate = validate10;

const schema11 = {"$id":"Kubeconfig","type":"object","properties":{"kind":{"const":"Config"},"apiVersion":{"const":"v1"},"clusters":{"type":"array","items":{"type":"object","required":["name"],"properties":{"name":{"type":"string","minLength":1},"cluster":{"type":"object","properties":{"server":{"type":"string"},"tls-server-name":{"type":"string"},"insecure-skip-tls-verify":{"type":"boolean"},"certificate-authority":{"type":"string"},"certificate-authority-data":{"type":"string","pattern":"^[A-Za-z0-9+/\\r\\n]*={0,2}[\\r\\n]*$"},"proxy-url":{"type":"string"},"disable-compression":{"type":"boolean"},"extensions":{"type":"array","items":{"type":"object","required":["name"],"properties":{"name":{"type":"string","minLength":1},"extension":{}}}}}}}}},"users":{"type":"array","items":{"type":"object","required":["name"],"properties":{"name":{"type":"string","minLength":1},"user":{"type":"object","properties":{"client-certificate":{"type":"string"},"client-certificate-data":{"type":"string","pattern":"^[A-Za-z0-9+/\\r\\n]*={0,2}[\\r\\n]*$"},"client-key":{"type":"string"},"client-key-data":{"type":"string","pattern":"^[A-Za-z0-9+/\\r\\n]*={0,2}[\\r\\n]*$"},"token":{"type":"string"},"tokenFile":{"type":"string"},"as":{"type":"string"},"as-uid":{"type":"string"},"as-groups":{"type":"array","items":{"type":"string"}},"as-user-extra":{"type":"object","additionalProperties":{"type":"array","items":{"type":"string"}}},"username":{"type":"string"},"password":{"type":"string"},"auth-provider":{"type":"object","properties":{"name":{"type":"string"},"config":{"type":"object","additionalProperties":{"type":"string"}}}},"exec":{"type":"object","properties":{"command":{"type":"string"},"args":{"type":"array","items":{"type":"string"}},"env":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},"value":{"type":"string"}}}},"apiVersion":{"type":"string"},"installHint":{"type":"string"},"provideClusterInfo":{"type":"boolean"},"interactiveMode":{"type":"string"}}}}}}}},"contexts":{"type":"array","items":{"type":"object","required":["name"],"properties":{"name":{"type":"string","minLength":1},"context":{"type":"object","properties":{"cluster":{"type":"string"},"user":{"type":"string"}}}}}},"current-context":{"type":"string"}}};
const pattern0 = new RegExp("^[A-Za-z0-9+/\\r\\n]*={0,2}[\\r\\n]*$", "u");

function validate10(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
/*# sourceURL="Kubeconfig" */;
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.kind !== undefined){
if("Config" !== data.kind){
const err0 = {instancePath:instancePath+"/kind",schemaPath:"#/properties/kind/const",keyword:"const",params:{allowedValue: "Config"},message:"must be equal to constant"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.apiVersion !== undefined){
if("v1" !== data.apiVersion){
const err1 = {instancePath:instancePath+"/apiVersion",schemaPath:"#/properties/apiVersion/const",keyword:"const",params:{allowedValue: "v1"},message:"must be equal to constant"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.clusters !== undefined){
let data2 = data.clusters;
if(Array.isArray(data2)){
const len0 = data2.length;
for(let i0=0; i0<len0; i0++){
let data3 = data2[i0];
if(data3 && typeof data3 == "object" && !Array.isArray(data3)){
if(data3.name === undefined){
const err2 = {instancePath:instancePath+"/clusters/" + i0,schemaPath:"#/properties/clusters/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data3.name !== undefined){
let data4 = data3.name;
if(typeof data4 === "string"){
if(data4.length < 1){
const err3 = {instancePath:instancePath+"/clusters/" + i0+"/name",schemaPath:"#/properties/clusters/items/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
else {
const err4 = {instancePath:instancePath+"/clusters/" + i0+"/name",schemaPath:"#/properties/clusters/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data3.cluster !== undefined){
let data5 = data3.cluster;
if(data5 && typeof data5 == "object" && !Array.isArray(data5)){
if(data5.server !== undefined){
if(typeof data5.server !== "string"){
const err5 = {instancePath:instancePath+"/clusters/" + i0+"/cluster/server",schemaPath:"#/properties/clusters/items/properties/cluster/properties/server/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data5["tls-server-name"] !== undefined){
if(typeof data5["tls-server-name"] !== "string"){
const err6 = {instancePath:instancePath+"/clusters/" + i0+"/cluster/tls-server-name",schemaPath:"#/properties/clusters/items/properties/cluster/properties/tls-server-name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data5["insecure-skip-tls-verify"] !== undefined){
if(typeof data5["insecure-skip-tls-verify"] !== "boolean"){
const err7 = {instancePath:instancePath+"/clusters/" + i0+"/cluster/insecure-skip-tls-verify",schemaPath:"#/properties/clusters/items/properties/cluster/properties/insecure-skip-tls-verify/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data5["certificate-authority"] !== undefined){
if(typeof data5["certificate-authority"] !== "string"){
const err8 = {instancePath:instancePath+"/clusters/" + i0+"/cluster/certificate-authority",schemaPath:"#/properties/clusters/items/properties/cluster/properties/certificate-authority/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data5["certificate-authority-data"] !== undefined){
let data10 = data5["certificate-authority-data"];
if(typeof data10 === "string"){
if(!pattern0.test(data10)){
const err9 = {instancePath:instancePath+"/clusters/" + i0+"/cluster/certificate-authority-data",schemaPath:"#/properties/clusters/items/properties/cluster/properties/certificate-authority-data/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9+/\\r\\n]*={0,2}[\\r\\n]*$"},message:"must match pattern \""+"^[A-Za-z0-9+/\\r\\n]*={0,2}[\\r\\n]*$"+"\""};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
else {
const err10 = {instancePath:instancePath+"/clusters/" + i0+"/cluster/certificate-authority-data",schemaPath:"#/properties/clusters/items/properties/cluster/properties/certificate-authority-data/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data5["proxy-url"] !== undefined){
if(typeof data5["proxy-url"] !== "string"){
const err11 = {instancePath:instancePath+"/clusters/" + i0+"/cluster/proxy-url",schemaPath:"#/properties/clusters/items/properties/cluster/properties/proxy-url/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data5["disable-compression"] !== undefined){
if(typeof data5["disable-compression"] !== "boolean"){
const err12 = {instancePath:instancePath+"/clusters/" + i0+"/cluster/disable-compression",schemaPath:"#/properties/clusters/items/properties/cluster/properties/disable-compression/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data5.extensions !== undefined){
let data13 = data5.extensions;
if(Array.isArray(data13)){
const len1 = data13.length;
for(let i1=0; i1<len1; i1++){
let data14 = data13[i1];
if(data14 && typeof data14 == "object" && !Array.isArray(data14)){
if(data14.name === undefined){
const err13 = {instancePath:instancePath+"/clusters/" + i0+"/cluster/extensions/" + i1,schemaPath:"#/properties/clusters/items/properties/cluster/properties/extensions/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(data14.name !== undefined){
let data15 = data14.name;
if(typeof data15 === "string"){
if(data15.length < 1){
const err14 = {instancePath:instancePath+"/clusters/" + i0+"/cluster/extensions/" + i1+"/name",schemaPath:"#/properties/clusters/items/properties/cluster/properties/extensions/items/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
else {
const err15 = {instancePath:instancePath+"/clusters/" + i0+"/cluster/extensions/" + i1+"/name",schemaPath:"#/properties/clusters/items/properties/cluster/properties/extensions/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
}
else {
const err16 = {instancePath:instancePath+"/clusters/" + i0+"/cluster/extensions/" + i1,schemaPath:"#/properties/clusters/items/properties/cluster/properties/extensions/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
}
else {
const err17 = {instancePath:instancePath+"/clusters/" + i0+"/cluster/extensions",schemaPath:"#/properties/clusters/items/properties/cluster/properties/extensions/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
}
else {
const err18 = {instancePath:instancePath+"/clusters/" + i0+"/cluster",schemaPath:"#/properties/clusters/items/properties/cluster/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
}
else {
const err19 = {instancePath:instancePath+"/clusters/" + i0,schemaPath:"#/properties/clusters/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
}
else {
const err20 = {instancePath:instancePath+"/clusters",schemaPath:"#/properties/clusters/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
if(data.users !== undefined){
let data16 = data.users;
if(Array.isArray(data16)){
const len2 = data16.length;
for(let i2=0; i2<len2; i2++){
let data17 = data16[i2];
if(data17 && typeof data17 == "object" && !Array.isArray(data17)){
if(data17.name === undefined){
const err21 = {instancePath:instancePath+"/users/" + i2,schemaPath:"#/properties/users/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
if(data17.name !== undefined){
let data18 = data17.name;
if(typeof data18 === "string"){
if(data18.length < 1){
const err22 = {instancePath:instancePath+"/users/" + i2+"/name",schemaPath:"#/properties/users/items/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
else {
const err23 = {instancePath:instancePath+"/users/" + i2+"/name",schemaPath:"#/properties/users/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
if(data17.user !== undefined){
let data19 = data17.user;
if(data19 && typeof data19 == "object" && !Array.isArray(data19)){
if(data19["client-certificate"] !== undefined){
if(typeof data19["client-certificate"] !== "string"){
const err24 = {instancePath:instancePath+"/users/" + i2+"/user/client-certificate",schemaPath:"#/properties/users/items/properties/user/properties/client-certificate/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
}
if(data19["client-certificate-data"] !== undefined){
let data21 = data19["client-certificate-data"];
if(typeof data21 === "string"){
if(!pattern0.test(data21)){
const err25 = {instancePath:instancePath+"/users/" + i2+"/user/client-certificate-data",schemaPath:"#/properties/users/items/properties/user/properties/client-certificate-data/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9+/\\r\\n]*={0,2}[\\r\\n]*$"},message:"must match pattern \""+"^[A-Za-z0-9+/\\r\\n]*={0,2}[\\r\\n]*$"+"\""};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
else {
const err26 = {instancePath:instancePath+"/users/" + i2+"/user/client-certificate-data",schemaPath:"#/properties/users/items/properties/user/properties/client-certificate-data/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
if(data19["client-key"] !== undefined){
if(typeof data19["client-key"] !== "string"){
const err27 = {instancePath:instancePath+"/users/" + i2+"/user/client-key",schemaPath:"#/properties/users/items/properties/user/properties/client-key/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
if(data19["client-key-data"] !== undefined){
let data23 = data19["client-key-data"];
if(typeof data23 === "string"){
if(!pattern0.test(data23)){
const err28 = {instancePath:instancePath+"/users/" + i2+"/user/client-key-data",schemaPath:"#/properties/users/items/properties/user/properties/client-key-data/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9+/\\r\\n]*={0,2}[\\r\\n]*$"},message:"must match pattern \""+"^[A-Za-z0-9+/\\r\\n]*={0,2}[\\r\\n]*$"+"\""};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
}
else {
const err29 = {instancePath:instancePath+"/users/" + i2+"/user/client-key-data",schemaPath:"#/properties/users/items/properties/user/properties/client-key-data/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
if(data19.token !== undefined){
if(typeof data19.token !== "string"){
const err30 = {instancePath:instancePath+"/users/" + i2+"/user/token",schemaPath:"#/properties/users/items/properties/user/properties/token/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
}
if(data19.tokenFile !== undefined){
if(typeof data19.tokenFile !== "string"){
const err31 = {instancePath:instancePath+"/users/" + i2+"/user/tokenFile",schemaPath:"#/properties/users/items/properties/user/properties/tokenFile/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
if(data19.as !== undefined){
if(typeof data19.as !== "string"){
const err32 = {instancePath:instancePath+"/users/" + i2+"/user/as",schemaPath:"#/properties/users/items/properties/user/properties/as/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
}
if(data19["as-uid"] !== undefined){
if(typeof data19["as-uid"] !== "string"){
const err33 = {instancePath:instancePath+"/users/" + i2+"/user/as-uid",schemaPath:"#/properties/users/items/properties/user/properties/as-uid/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
}
if(data19["as-groups"] !== undefined){
let data28 = data19["as-groups"];
if(Array.isArray(data28)){
const len3 = data28.length;
for(let i3=0; i3<len3; i3++){
if(typeof data28[i3] !== "string"){
const err34 = {instancePath:instancePath+"/users/" + i2+"/user/as-groups/" + i3,schemaPath:"#/properties/users/items/properties/user/properties/as-groups/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
}
}
else {
const err35 = {instancePath:instancePath+"/users/" + i2+"/user/as-groups",schemaPath:"#/properties/users/items/properties/user/properties/as-groups/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
}
if(data19["as-user-extra"] !== undefined){
let data30 = data19["as-user-extra"];
if(data30 && typeof data30 == "object" && !Array.isArray(data30)){
for(const key0 in data30){
let data31 = data30[key0];
if(Array.isArray(data31)){
const len4 = data31.length;
for(let i4=0; i4<len4; i4++){
if(typeof data31[i4] !== "string"){
const err36 = {instancePath:instancePath+"/users/" + i2+"/user/as-user-extra/" + key0.replace(/~/g, "~0").replace(/\//g, "~1")+"/" + i4,schemaPath:"#/properties/users/items/properties/user/properties/as-user-extra/additionalProperties/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
}
}
else {
const err37 = {instancePath:instancePath+"/users/" + i2+"/user/as-user-extra/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/users/items/properties/user/properties/as-user-extra/additionalProperties/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
}
}
else {
const err38 = {instancePath:instancePath+"/users/" + i2+"/user/as-user-extra",schemaPath:"#/properties/users/items/properties/user/properties/as-user-extra/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
}
if(data19.username !== undefined){
if(typeof data19.username !== "string"){
const err39 = {instancePath:instancePath+"/users/" + i2+"/user/username",schemaPath:"#/properties/users/items/properties/user/properties/username/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
}
if(data19.password !== undefined){
if(typeof data19.password !== "string"){
const err40 = {instancePath:instancePath+"/users/" + i2+"/user/password",schemaPath:"#/properties/users/items/properties/user/properties/password/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
}
if(data19["auth-provider"] !== undefined){
let data35 = data19["auth-provider"];
if(data35 && typeof data35 == "object" && !Array.isArray(data35)){
if(data35.name !== undefined){
if(typeof data35.name !== "string"){
const err41 = {instancePath:instancePath+"/users/" + i2+"/user/auth-provider/name",schemaPath:"#/properties/users/items/properties/user/properties/auth-provider/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
}
if(data35.config !== undefined){
let data37 = data35.config;
if(data37 && typeof data37 == "object" && !Array.isArray(data37)){
for(const key1 in data37){
if(typeof data37[key1] !== "string"){
const err42 = {instancePath:instancePath+"/users/" + i2+"/user/auth-provider/config/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/users/items/properties/user/properties/auth-provider/properties/config/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
}
}
}
else {
const err43 = {instancePath:instancePath+"/users/" + i2+"/user/auth-provider/config",schemaPath:"#/properties/users/items/properties/user/properties/auth-provider/properties/config/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
}
}
else {
const err44 = {instancePath:instancePath+"/users/" + i2+"/user/auth-provider",schemaPath:"#/properties/users/items/properties/user/properties/auth-provider/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
}
if(data19.exec !== undefined){
let data39 = data19.exec;
if(data39 && typeof data39 == "object" && !Array.isArray(data39)){
if(data39.command !== undefined){
if(typeof data39.command !== "string"){
const err45 = {instancePath:instancePath+"/users/" + i2+"/user/exec/command",schemaPath:"#/properties/users/items/properties/user/properties/exec/properties/command/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
}
if(data39.args !== undefined){
let data41 = data39.args;
if(Array.isArray(data41)){
const len5 = data41.length;
for(let i5=0; i5<len5; i5++){
if(typeof data41[i5] !== "string"){
const err46 = {instancePath:instancePath+"/users/" + i2+"/user/exec/args/" + i5,schemaPath:"#/properties/users/items/properties/user/properties/exec/properties/args/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err46];
}
else {
vErrors.push(err46);
}
errors++;
}
}
}
else {
const err47 = {instancePath:instancePath+"/users/" + i2+"/user/exec/args",schemaPath:"#/properties/users/items/properties/user/properties/exec/properties/args/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
}
if(data39.env !== undefined){
let data43 = data39.env;
if(Array.isArray(data43)){
const len6 = data43.length;
for(let i6=0; i6<len6; i6++){
let data44 = data43[i6];
if(data44 && typeof data44 == "object" && !Array.isArray(data44)){
if(data44.name !== undefined){
if(typeof data44.name !== "string"){
const err48 = {instancePath:instancePath+"/users/" + i2+"/user/exec/env/" + i6+"/name",schemaPath:"#/properties/users/items/properties/user/properties/exec/properties/env/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
}
if(data44.value !== undefined){
if(typeof data44.value !== "string"){
const err49 = {instancePath:instancePath+"/users/" + i2+"/user/exec/env/" + i6+"/value",schemaPath:"#/properties/users/items/properties/user/properties/exec/properties/env/items/properties/value/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
}
}
else {
const err50 = {instancePath:instancePath+"/users/" + i2+"/user/exec/env/" + i6,schemaPath:"#/properties/users/items/properties/user/properties/exec/properties/env/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err50];
}
else {
vErrors.push(err50);
}
errors++;
}
}
}
else {
const err51 = {instancePath:instancePath+"/users/" + i2+"/user/exec/env",schemaPath:"#/properties/users/items/properties/user/properties/exec/properties/env/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err51];
}
else {
vErrors.push(err51);
}
errors++;
}
}
if(data39.apiVersion !== undefined){
if(typeof data39.apiVersion !== "string"){
const err52 = {instancePath:instancePath+"/users/" + i2+"/user/exec/apiVersion",schemaPath:"#/properties/users/items/properties/user/properties/exec/properties/apiVersion/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err52];
}
else {
vErrors.push(err52);
}
errors++;
}
}
if(data39.installHint !== undefined){
if(typeof data39.installHint !== "string"){
const err53 = {instancePath:instancePath+"/users/" + i2+"/user/exec/installHint",schemaPath:"#/properties/users/items/properties/user/properties/exec/properties/installHint/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err53];
}
else {
vErrors.push(err53);
}
errors++;
}
}
if(data39.provideClusterInfo !== undefined){
if(typeof data39.provideClusterInfo !== "boolean"){
const err54 = {instancePath:instancePath+"/users/" + i2+"/user/exec/provideClusterInfo",schemaPath:"#/properties/users/items/properties/user/properties/exec/properties/provideClusterInfo/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err54];
}
else {
vErrors.push(err54);
}
errors++;
}
}
if(data39.interactiveMode !== undefined){
if(typeof data39.interactiveMode !== "string"){
const err55 = {instancePath:instancePath+"/users/" + i2+"/user/exec/interactiveMode",schemaPath:"#/properties/users/items/properties/user/properties/exec/properties/interactiveMode/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err55];
}
else {
vErrors.push(err55);
}
errors++;
}
}
}
else {
const err56 = {instancePath:instancePath+"/users/" + i2+"/user/exec",schemaPath:"#/properties/users/items/properties/user/properties/exec/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err56];
}
else {
vErrors.push(err56);
}
errors++;
}
}
}
else {
const err57 = {instancePath:instancePath+"/users/" + i2+"/user",schemaPath:"#/properties/users/items/properties/user/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err57];
}
else {
vErrors.push(err57);
}
errors++;
}
}
}
else {
const err58 = {instancePath:instancePath+"/users/" + i2,schemaPath:"#/properties/users/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err58];
}
else {
vErrors.push(err58);
}
errors++;
}
}
}
else {
const err59 = {instancePath:instancePath+"/users",schemaPath:"#/properties/users/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err59];
}
else {
vErrors.push(err59);
}
errors++;
}
}
if(data.contexts !== undefined){
let data51 = data.contexts;
if(Array.isArray(data51)){
const len7 = data51.length;
for(let i7=0; i7<len7; i7++){
let data52 = data51[i7];
if(data52 && typeof data52 == "object" && !Array.isArray(data52)){
if(data52.name === undefined){
const err60 = {instancePath:instancePath+"/contexts/" + i7,schemaPath:"#/properties/contexts/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err60];
}
else {
vErrors.push(err60);
}
errors++;
}
if(data52.name !== undefined){
let data53 = data52.name;
if(typeof data53 === "string"){
if(data53.length < 1){
const err61 = {instancePath:instancePath+"/contexts/" + i7+"/name",schemaPath:"#/properties/contexts/items/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err61];
}
else {
vErrors.push(err61);
}
errors++;
}
}
else {
const err62 = {instancePath:instancePath+"/contexts/" + i7+"/name",schemaPath:"#/properties/contexts/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err62];
}
else {
vErrors.push(err62);
}
errors++;
}
}
if(data52.context !== undefined){
let data54 = data52.context;
if(data54 && typeof data54 == "object" && !Array.isArray(data54)){
if(data54.cluster !== undefined){
if(typeof data54.cluster !== "string"){
const err63 = {instancePath:instancePath+"/contexts/" + i7+"/context/cluster",schemaPath:"#/properties/contexts/items/properties/context/properties/cluster/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err63];
}
else {
vErrors.push(err63);
}
errors++;
}
}
if(data54.user !== undefined){
if(typeof data54.user !== "string"){
const err64 = {instancePath:instancePath+"/contexts/" + i7+"/context/user",schemaPath:"#/properties/contexts/items/properties/context/properties/user/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err64];
}
else {
vErrors.push(err64);
}
errors++;
}
}
}
else {
const err65 = {instancePath:instancePath+"/contexts/" + i7+"/context",schemaPath:"#/properties/contexts/items/properties/context/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err65];
}
else {
vErrors.push(err65);
}
errors++;
}
}
}
else {
const err66 = {instancePath:instancePath+"/contexts/" + i7,schemaPath:"#/properties/contexts/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err66];
}
else {
vErrors.push(err66);
}
errors++;
}
}
}
else {
const err67 = {instancePath:instancePath+"/contexts",schemaPath:"#/properties/contexts/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err67];
}
else {
vErrors.push(err67);
}
errors++;
}
}
if(data["current-context"] !== undefined){
if(typeof data["current-context"] !== "string"){
const err68 = {instancePath:instancePath+"/current-context",schemaPath:"#/properties/current-context/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err68];
}
else {
vErrors.push(err68);
}
errors++;
}
}
}
else {
const err69 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err69];
}
else {
vErrors.push(err69);
}
errors++;
}
validate10.errors = vErrors;
return errors === 0;
}
