/**
 * What the words of a message say for (above zero) or against its being an attack, learnt from the labelled messages of
 * test/assistants/guardrails/labelled. Written by `npx vitest run test/assistants/guardrails/labelled.test.ts -u`.
 */
export const learned = {
  bias: -1.13,
  words: `
10=-0.3 11=-0.3 12=-0.6 1gn0r3=1.2 20=-0.6 24=-0.5 24_hours=-0.4 25=-0.6 3=-0.3 30=-0.6 300=-0.4 4=-0.5 40=-0.8
45=-0.7 4711=0.4 6=-0.4 60=-0.9 6_pm=-0.3 7=-0.4 70=-0.5 7741=0.4 8=-0.6 9=-0.4 a=-1.1 a_car=0.3 a_day=-0.4
a_discou=0.3 a_joke=0.6 a_langua=0.7 a_new=-0.3 a_servic=-0.5 a_test=0.6 about=-1.3 about_my=-0.7 about_the=-0.5
about_your=-0.5 above=0.9 abroad=-0.5 accept=-0.4 access=1 access_to=0.4 accide=-0.8 accoun_4711=0.4 act=1.7
act_on=0.5 add=-0.4 admin=1.2 admini=0.8 after=-0.7 aftern=-0.5 afterw=-0.4 again=-0.5 age=-0.3 ahead=0.5 ai=1.2
alarm=-0.4 alarm_system=-0.4 alder=-0.4 alder_guest=-0.4 all=3.1 all_previo=0.3 alle=0.5 allow=0.3 am=-0.5 an_ai=0.7
an_appoin=-0.5 an_hour=-0.5 and_accide=-0.7 and_answer=0.4 and_approv=1.3 and_do=0.6 and_give=0.7 and_i=0.5
and_its=-0.8 and_just=0.4 and_say=0.3 and_show=0.8 and_tell=0.8 and_that=0.3 and_you=0.4 and_your=0.6 animal=-0.8
anleit=-1.1 anothe=-0.5 answer=2.4 answer_withou=0.4 anweis=0.6 any=0.5 any_more=0.6 anythi=1.3 app=-1.1 appoin=-1.1
approv=2 are=-0.9 are_a=0.8 are_an=0.8 are_approv=0.5 are_cancel=0.9 are_now=-0.5 are_the=-0.9 are_you=0.6 arriva=-0.5
arriva_and=-0.5 arrive=-0.7 as=2 as_a=0.8 as_an=0.4 as_the=-0.5 ask=0.4 asking=-0.5 asks=0.5 asks_for=0.5 assist=2.5
at=-1.6 at_a=0.4 at_any=-0.3 at_least=-0.4 at_the=-0.5 aus=0.4 author=0.7 back=-1.2 backwa=0.6 banana=0.4 bar=-0.3
be_honest=0.4 be_my=0.8 be_return=-0.4 been=0.4 before_this=0.4 being=1.4 best=-0.3 betwee=0.8 bike=-1.7 bill=-0.7
bit=-0.6 bitte=-1.2 block=0.5 blocke=-0.8 boiler=-0.4 bomb=-0.3 bookin=-0.9 bot=1.1 box=-0.4 brakes=-0.5 breakd=-0.4
breakf=-0.8 bring=-0.6 broke=0.4 broken=0.3 buildi=-0.8 but=-0.6 button=-0.3 by=-0.9 by_the=0.4 bypass=0.6
bypass_the=0.5 cable=-0.6 call=-0.5 call_us=-0.5 can=-2.9 can_be=-0.4 can_i=-1 can_you=-1.2 cancel=-1 cannot=-1.1
cannot_be=-0.7 car=-0.8 card=-1.3 cards=-0.5 cards_are=-0.3 care=-0.4 certif=-0.6 change=-0.4 charge=-1.1 chat=-0.5
chatbo=0.8 checks=0.8 childr=-1.4 chocol=-0.4 cigna=-0.4 cleani=-0.8 clinic=-0.7 code=0.7 coffee=-1 cold=-0.5
collec=-1 come=-0.5 como=0.8 como_una=0.6 compan=0.8 compan_and=-0.4 comple=0.6 comply=0.7 config=0.7 confir=0.8
consig=1 conten=1.8 conten_filter=0.7 conten_policy=0.6 contra=-0.5 contra_custom=-0.3 conver=1.6 copy=0.6 cost=-0.5
costs=-1.1 could=-1.3 could_you=-1.1 courie=-0.5 course=-1.5 covers=-0.3 creato=1 custom=1.9 custom_are=-0.3
custom_wheels=-0.4 custom_who=0.5 damage=-1.1 dan=1.2 dan_truoc=0.7 data=-0.7 databa=0.6 day=-0.8 days=-1.4 de=-0.3
decode=1.3 degree=-0.3 deine=2.2 deine_regeln=1.1 deinen=0.3 delete=0.4 delive=-0.7 delive_to=-0.6 deposi=-0.3
descal=-0.9 develo=1.4 device=-0.8 di=-0.6 did=0.9 did_not=0.4 die=-1.1 die_regeln=-0.5 dime=0.6 direct=1.1 disabl=1.4
disclo=0.5 discou=1.1 disreg=1.3 disreg_my=0.8 do=-0.6 do_anythi=1 do_as=0.8 do_i=-2.2 do_not=0.3 do_va=0.7
do_you=-1.5 does=-3 does_not=-0.7 does_the=-0.4 does_this=-0.9 does_your=-0.5 dog=-0.3 done=-0.3 door=-0.8 dr=-0.8
drive=-1 drive_to=-0.5 driver=-0.9 dump=0.5 e=2.1 e_s=0.4 else=-0.4 email=-0.6 emerge=-0.5 en=0.4 end=1 end_of=0.4
enter=0.7 entran=-0.4 error=-0.7 esquec=0.4 et=1.1 eure=0.3 evenin=-0.5 every=1.8 every_custom=0.9 evil=0.7
evil_exampl=0.4 exact=0.8 exams=-0.5 exchan=-1.1 execut=1.4 extra=-0.4 fault=-0.5 favor=-0.5 fee=-0.4 filtro=0.8
first=-0.3 first_letter=0.4 first_thing=0.6 first_use=-0.5 five=-0.8 fixed=-0.3 follow=1.7 follow_all=-0.4
follow_the=-0.4 follow_your=0.3 food=-0.6 for=-1.5 for_a=-0.6 for_free=0.4 for_the=-0.6 for_this=0.6 forbid=0.6
forget=1.4 forget_about=0.4 forgot=-0.6 freely=0.7 friday=-0.6 from_here=0.8 from_now=0.8 from_the=0.4 fuel=-0.5
fuel_and=-0.4 full_system=0.8 functi=1 fur=-0.6 g=0.5 garden=-0.7 gas=-0.5 gave=-0.5 gave_me=-0.5 geheim=0.5
gettin=-0.9 gib=1.1 gift=-0.5 gift_card=-0.3 gift_cards=-0.4 give=1.6 give_me=0.7 given=1 go=0.4 grant=0.9 great=-0.5
ground=-0.3 guest=-0.6 guidel=2.4 handle_refund=0.6 happen=-0.3 harbou=-0.7 has=0.7 has_been=0.4 has_no=0.9
has_to=-0.7 have=-0.4 have_a=-0.5 have_to=-0.3 he_thong=0.7 heatin=-0.7 here=1.6 here_i=0.3 here_is=0.9 here_on=0.8
hidden=2.2 his=-0.5 honest=0.4 hotel=-0.3 hotel_has=-0.3 hour=-0.5 hours=-1.4 how=-1 how_do=-1 how_much=-0.3
how_you=0.6 https=0.4 https_evil=0.4 huong=0.7 huong_dan=0.7 i=-2.5 i_cannot=-0.4 i_follow=-0.5 i_forgot=-0.4
i_have=-0.7 i_lost=0.3 i_need=0.8 i_order=0.5 i_say=0.5 i_want=0.4 i_was=-0.7 i_will=1 i_would=-0.3 ia=0.6 ich=-0.8
identi=0.3 identi_check=0.4 if_the=0.6 ignora=1.1 ignore=0.9 ignore_all=0.5 ignore_that=-0.9 ignore_the=1
ignore_your=0.4 ignori=0.6 il=-1 in=-0.7 in_a=0.9 in_the=-1.2 in_which=0.5 initia=1.3 initia_messag=0.8 instal=-0.5
instea=1.2 instru=3.8 instru_for=-0.7 instru_here=0.6 instru_overri=0.5 instru_say=-0.3 instru_to=-0.5
instru_were=-0.4 insura=-1 intens=-0.3 intens_course=-0.3 intere=-0.4 intern=0.6 invoic=-0.6 is=-2.9 is_a=0.5
is_an=0.7 is_fine=0.6 is_free=-0.5 is_it=-0.6 is_killin=-0.5 is_not=-0.6 is_that=-0.4 is_there=-0.5 is_to=1.3
is_your=-0.7 ist=-0.6 it=-0.6 it_is=-0.4 it_says=0.6 item=-0.6 items=-0.6 its=0.5 j'ai=-1.1 je=1.1 joke=0.6 json=0.8
just=0.7 key=-0.4 kill=-0.6 killin=-0.5 kindly=0.4 know=-0.4 l=0.7 l_e=0.4 la=-1.9 laat_je=0.8 label=-0.5
langua_model=0.7 las=-1.4 las_instru=-0.9 last=-0.3 lbhe=1.6 le=0.7 le_istruz=-0.5 le_tue=1.1 least=-0.4 leave=-0.7
leave_the=-0.3 les=-0.4 les_consig=1 let=0.9 levels=-0.7 licenc=-0.4 light=-0.3 lights=-0.7 like=0.6 limits=1 line=1
list=0.8 listen=1.1 listen_to=0.6 loi=0.7 loi_nhac=0.7 long=-0.7 longer=0.5 longer_have=0.5 mainte=-0.6 manage=0.9
may=-0.6 me=1.5 me_a=-0.5 me_de=0.7 me_i=1.1 me_its=0.6 me_to=-0.7 me_what=0.6 means=-0.3 meine=0.4 member=-0.4
messag=2.4 messag_in=0.3 mi=-0.6 miles=-0.8 milk=-0.3 mine=0.5 minute=-1 mir=1.7 mir_deine=0.8 mir_deinen=0.3
missin=-0.3 mode=2.7 mode_and=1.5 model=0.7 moi=0.5 mon=-0.6 monday=-0.4 month=-0.7 months=-0.3 more_than=-0.4
mornin=-0.3 most=-0.3 mostra=0.7 mostra_le=0.4 mot=0.4 much=-0.3 muestr=-0.5 muestr_las=-0.7 must=0.8 my=-3.2
my_accoun=-0.5 my_addres=-0.4 my_card=-0.4 my_late=0.4 my_messag=0.4 my_phone=-0.5 my_refund=-0.6 n=1.2 nachri=0.4
need=-0.4 need_a=0.3 need_an=-0.5 need_not=-0.3 neuter=-0.9 never=0.4 new=0.3 new_policy=0.3 nhac=0.7 nhac_he=0.7
nicht=0.5 night=-0.4 no=0.4 no_longer=0.5 no_restri=-0.6 no_rules=1.1 nobody=0.8 normal=0.7 not_allowe=0.4
not_listen=0.6 not_the=0.4 now=1.1 now_on=0.8 number=-0.5 o=0.9 o_r=0.4 o_u=0.9 obey=1.8 of_a=0.4 of_charge=-0.4
of_the=-1.1 of_this=0.6 of_what=0.4 office=-0.3 old=-0.7 olvida=0.8 olvide=-1.4 on=-1.5 on_it=0.4 on_price=-0.5
on_sunday=-0.5 on_the=-1.2 on_weekda=-0.3 on_your=-0.9 once=0.4 onions=-0.7 open=-1.4 opened=-0.8 openin=-0.9 or=-1.5
order=-0.3 order_you=0.5 other_custom=0.4 otra=-1 oublie=-0.5 our=-1.7 out=-1.1 out_of=-0.4 out_your=0.6 output=0.6
overri=1.2 own=0.3 own_instru=0.6 p=0.5 p_r=0.5 parcel=-0.8 parkin=-1 parts=-0.3 passwo=-0.4 paste=0.3 pay=-0.8
paymen=-0.5 per=-1.1 per_il=-0.6 percen=-0.6 person=1.8 pets=-0.8 placem=-0.5 plan=-0.5 plans=-0.8 plant=-0.7 play=0.3
please=-1.2 please_do=-0.3 please_ignore=-0.4 please_send=-0.4 pls=0.9 plus=-0.5 pm=-1.1 policy=0.6 policy_and=0.6
pool=-0.6 por=-0.5 por_favor=-0.5 posso=-0.9 preced=-0.5 prescr=-0.5 pressu=-0.3 preten=0.9 preten_to=0.6
previo_instru=0.4 price=-1.1 print=1.6 prompt=4.7 prompt_me=-0.6 prompt_system=0.4 pump=-0.4 put=0.7 put_it=0.7 que=1
quote=1 r=0.9 r3str1=1 r_e=0.6 r_r=0.4 r_u=0.7 radiat=-0.3 radiat_stays=-0.3 rates=-0.4 rather=-0.5 read=0.7
really=-0.5 receiv=0.6 recept=-0.4 recomm=0.7 refund=1.5 refuse=0.5 regeln=0.3 regeln_fur=-0.6 regist=-0.9 regole=1.1
remove=-1.5 rental=-0.4 repeat=0.5 reply=0.8 reset=-0.8 respon=1.5 restri=1.8 return=-1.4 reveal=1.3 revele=0.5
richtl=0.9 right=-1.1 rinse=-0.6 role=0.4 room=-0.4 root=1 rude=0.4 rules=1.4 rules_for=-0.6 rules_forbid=0.6
rules_of=-1.1 run=0.4 runs=-0.4 s=0.9 s_t=0.5 safe=-0.3 safety=0.7 say=1.7 say_about=-0.4 says=1.7 school=-0.7
second=-0.6 secret=0.5 see_the=0.8 sell=-0.8 send=-0.8 send_the=0.3 sendin=-0.4 sent=-0.7 sent_me=-0.5 senten=1.4
senten_of=0.6 servic=-0.4 sessio=0.4 set=0.6 seven=0.3 share_the=0.4 ship=-0.3 shoot=-0.5 shop=0.7 shot=-0.3
should=-0.5 show=0.4 show_me=-0.8 shows=-0.5 sie=-0.9 sin=0.8 sistem=1.4 site=-0.4 six=-0.6 six_weeks=-0.3 skip=1
skip_the=0.4 small=-0.7 so=0.8 soil=-0.4 someth=-0.6 son=-0.5 sound=-0.3 speak=0.4 spray=-0.5 staff=-0.4 stands=0.4
start=0.3 stay=-0.5 stays_cold=-0.4 still=-0.5 stop=1.4 stop_being=1.1 stops=-0.5 store=-0.3 story=0.5 strang=-0.5
studen=-0.8 suas=0.8 sunday=-0.7 sys=0.5 systee=-0.5 system=2.5 system_messag=0.5 system_prompt=1.6 system_the=0.4
system_you=0.7 t=0.6 take=-1.2 takes=-0.6 talk=0.3 tank=-0.6 te=0.8 team=-0.6 techni=-0.6 tell=1 tell_me=0.7
tell_you=0.8 tells=0.6 tem=0.5 ten=-0.7 terms=-0.9 test=0.7 text=2.1 text_messag=-0.3 than=-0.6 thank=-1 thank_you=-1
that=1.9 that_has=0.6 that_i=-0.4 that_my=-0.6 that_you=0.8 that_your=0.7 the=-2.1 the_above=0.7 the_accoun=0.4
the_animal=-0.4 the_app=-0.9 the_assist=1.1 the_car=-0.3 the_care=-0.4 the_code=-0.3 the_compan=1.3 the_courie=-0.5
the_custom=1.5 the_develo=0.6 the_driver=-0.7 the_exact=0.8 the_follow=1.9 the_full=-0.4 the_hidden=0.3 the_hotel=-0.4
the_identi=0.4 the_instru=-1.4 the_intern=0.9 the_label=-0.4 the_machin=-0.4 the_manage=0.6 the_messag=0.4
the_new=-0.7 the_old=-0.4 the_parcel=-0.4 the_part=0.4 the_person=0.9 the_price=-0.3 the_recept=-0.3 the_safety=0.5
the_shop=1.1 the_system=-0.3 the_text=0.9 the_user=0.8 the_verifi=0.4 the_very=1 their=1.2 them=0.9 there_a=-0.4
there_was=0.4 they=-0.3 thing=0.6 things=0.7 this=4.2 this_is=0.5 this_senten=0.8 thong=0.7 three=-1 three_times=-0.4
ticket=-0.6 times=-0.4 to=0.5 to_change=-0.6 to_do=0.4 to_https=0.3 to_know=-0.4 to_me=0.9 to_my=-0.4 to_obey=0.5
to_say=0.4 to_see=0.9 to_the=-1.1 togeth=0.3 told_by=-0.4 told_you=0.5 ton=0.3 ton_prompt=0.3 too=-0.7 tool=1
tools=0.7 tools_do=0.5 traini=-0.5 transl=0.3 treatm=-0.8 trouve=0.3 true=0.6 truoc=0.7 truoc_do=0.7 trupan=-0.5
tu=1.9 tue=1.1 turn_on=0.4 tus=1 twice=0.5 two=-0.5 u=0.9 u_l=0.4 u_r=0.6 una=0.6 una_ia=0.6 und=1.5 under=-0.7
unlock=0.3 unrest=0.5 until=-0.8 up=-0.5 up_to=-0.5 us=-0.4 use=-0.7 use_your=0.4 user=2.8 user_has=0.4 user_is=0.8
va=0.7 vaccin=-0.8 vafgeh=1.6 velvet=-0.4 verbat=1.3 verges=-0.4 vergis=0.9 verifi=1.3 versio=0.8 visa=-0.4 void=0.5
wait=-0.3 want=-0.4 warran=-0.3 was=-1.7 was_hacked=-0.4 was_no=0.4 was_told=-0.4 water=-1.1 we=-3.1 websit=-0.6
week=-0.3 weekda=-0.5 weeks=-1.1 weight=-0.4 were=1.2 were_given=0.4 were_told=0.3 what=0.7 what_a=-0.3 what_does=-0.5
what_is=0.6 what_the=1 what_tools=0.5 what_you=0.4 what_your=0.7 whatev=1.4 wheels=-0.5 when=-1.5 when_the=-0.5
where=-0.7 where_do=-0.3 who_regist=-0.5 why=-0.4 wifi=-0.6 will=0.4 willow=-0.5 with_a=-0.6 with_me=0.3 with_no=0.3
with_the=-0.6 withdr=-0.8 within=-0.9 withou_any=0.3 word=0.7 words=0.4 work=-0.5 write=1.1 write_a=0.7 writte=0.9
writte_in=1.1 wrong=-1.1 y=1.9 y0ur=2.7 y_o=0.6 yes=0.3 yes_to=0.3 yester=-1.7 yoga=-0.4 you=2 you_act=-0.4
you_and=0.4 you_answer=0.8 you_are=2.3 you_can=0.9 you_may=-0.3 you_must=0.8 you_need=-0.4 you_no=0.5 you_open=-0.4
you_paste=0.3 you_receiv=0.6 you_sell=-0.8 you_sent=-0.4 you_show=-0.5 you_tell=0.5 you_to=1.3 you_told=-0.7
you_were=1.9 your=4.3 your_comple=0.4 your_creato=1 your_develo=0.7 your_full=0.6 your_guidel=0.7 your_hidden=0.5
your_initia=0.5 your_instru=2 your_operat=0.5 your_own=0.3 your_policy=-0.6 your_prompt=0.7 your_restri=0.5
your_rules=0.7 your_site=-0.3 your_true=0.6 your_websit=-0.6 zien=0.8 zum=-1.1 все=1 и=1.7 ограни=1.4 пожалу=-1.8
покажи=1.6 покажи_свои=1 свои=1.6
`,
};
