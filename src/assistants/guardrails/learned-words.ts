/**
 * What the words of a message say for (above zero) or against its being an attack, learnt from the labelled messages of
 * test/assistants/guardrails/labelled. Written by `npx vitest run test/assistants/guardrails/labelled.test.ts -u`.
 */
export const learned = {
  bias: -1.27,
  words: `
10=-0.3 100=0.5 11=-0.4 12=-0.6 1gn0r3=1.6 20=-0.6 24=-0.4 24_hours=-0.4 25=-0.6 30=-0.3 300=-0.4 4=-0.5 40=-0.6
45=-0.7 6=-0.3 60=-0.9 7=-0.3 70=-0.5 7741=0.4 8=-0.6 9=-0.4 a=-0.9 a_car=0.3 a_day=-0.5 a_joke=0.6 a_new=-0.3
a_servic=-0.5 a_test=0.6 about=-1.1 about_my=-0.7 about_the=-0.5 above=1 abroad=-0.5 accept=-0.4 access=1.2
access_to=0.4 accide=-0.7 act=1.9 act_on=0.5 add=-0.3 admin=1.4 admini=0.8 after=-0.7 after_the=-0.3 aftern=-0.4
afterw=-0.4 again=-0.5 age=-0.3 ahead=0.5 ai=1.5 alarm=-0.4 alarm_system=-0.4 alder=-0.4 alder_guest=-0.4 all=2.9
all_previo=0.4 alle=0.6 allow=0.4 always=0.3 am=-0.4 amount=0.3 an_ai=0.8 an_appoin=-0.5 an_hour=-0.4 an_unrest=0.3
and_accide=-0.7 and_answer=0.5 and_approv=1.5 and_do=0.6 and_give=0.4 and_i=0.6 and_just=0.5 and_must=0.3 and_say=0.3
and_show=1 and_that=0.3 and_the=0.4 and_you=0.4 animal=-0.8 anleit=-1.1 anothe=-0.5 answer=2 anweis=0.8 any=0.7
any_more=0.6 anythi=1.1 app=-1.1 appoin=-1.1 approv=2.1 are=-0.8 are_a=1.1 are_an=0.8 are_cancel=1.1 are_free=0.4
are_now=-0.5 are_the=-0.4 arriva=-0.5 arriva_and=-0.5 arrive=-0.7 as=1.7 as_a=0.4 as_an=0.5 as_the=-0.5 ask=0.5
ask_for=0.3 asking=-0.4 asks=0.6 asks_for=0.6 assist=2.6 at=-1.4 at_a=0.4 at_any=-0.3 at_least=-0.4 aus=0.4 author=0.8
back=-1.1 backwa=0.6 banana=0.4 bar=-0.3 be=-0.7 be_my=0.8 be_return=-0.4 been=0.3 before=-0.4 before_this=0.5
being=1.1 best=-0.3 bike=-1.8 bill=-0.7 bitte=-1 block=0.5 blocke=-0.7 boiler=-0.3 bomb=-0.3 bookin=-1 bot=0.9
box=-0.3 brakes=-0.5 breakd=-0.4 breakf=-0.8 bring=-0.6 broken=0.5 buildi=-0.8 but=-0.6 button=-0.3 by=-0.7 by_the=0.5
cable=-0.6 call=-0.3 call_us=-0.5 called=0.5 can=-2.9 can_be=-0.4 can_i=-1 can_you=-1.2 cancel=-0.9 cannot=-1
cannot_be=-0.6 car=-0.8 card=-1.2 cards=-0.3 cards_are=-0.3 care=-0.4 certif=-0.6 change=-0.3 charge=-1.1 chat=-0.7
check=-0.3 checks=1 childr=-1.5 chocol=-0.5 cigna=-0.4 cleani=-0.8 clinic=-0.7 code=0.8 code_in=0.4 coffee=-1
cold=-0.5 collec=-1.1 come=-0.5 como=0.7 como_una=0.7 compan=1.4 comple=0.7 comply=0.7 config=0.8 confir=0.4 consig=1
conten=2.1 conten_filter=0.7 conten_policy=0.7 contra=-0.5 contra_custom=-0.3 conver=1 copy=0.6 cost=-0.5 costs=-1.1
could=-1.1 could_you=-1 course=-1.4 cover=-0.3 covers=-0.4 creato=1 custom=2.2 custom_are=-0.3 custom_wheels=-0.4
custom_who=0.5 damage=-1.1 dan=1.4 dan_truoc=0.7 data=-0.7 day=-0.8 days=-1.3 decode=1.5 deine=2.5 deine_regeln=1.1
del=0.5 delete=0.6 delive=-0.7 delive_to=-0.6 den=0.4 deposi=-0.3 descal=-0.9 develo=1.2 develo_mode=0.3 device=-0.7
di=-0.5 did=1.1 did_not=0.5 die=-0.9 dime=0.6 direct=1.2 disabl=1.4 disabl_the=-0.4 disclo=0.6 discou=1.2 disreg=1.2
disreg_my=0.9 do=-0.5 do_as=0.9 do_i=-2.2 do_va=0.7 do_you=-1.2 does=-2.7 does_not=-0.7 does_the=-0.4 does_your=-0.5
dog=-0.3 done=-0.4 door=-0.8 dr=-0.8 drive=-0.9 drive_to=-0.4 driver=-0.9 drop=0.3 e=2.3 each=0.3 else=-0.4 email=-0.6
emerge=-0.4 en=0.3 end=1.1 end_of=0.5 englis=0.3 entran=-0.4 error=-0.7 et=1.2 evenin=-0.6 every=2.1 evil=0.7
evil_exampl=0.4 exams=-0.5 exchan=-1 execut=1.4 extra=-0.4 fault=-0.5 favor=-0.5 fee=-0.4 filter=0.5 filtro=0.9
first=-0.5 first_letter=0.5 first_use=-0.4 five=-0.8 follow=1.8 follow_all=-0.5 follow_the=-0.4 follow_your=0.3
food=-0.6 for=-1.4 for_a=-0.6 for_free=0.4 for_the=-0.6 for_this=0.7 forbid=0.7 forget=0.7 free=0.5 freely=0.9
friday=-0.4 friend=0.4 from_here=0.9 from_the=0.6 fuel=-0.4 fuel_and=-0.4 full=0.3 functi=1.1 g=0.5 garden=-0.8
gas=-0.5 gave=-0.5 gave_me=-0.5 get_a=-0.3 gettin=-0.9 gib=1.2 gift=-0.3 gift_card=-0.3 give=1.4 give_me=0.8 given=0.7
go=0.4 grandm=0.3 grant=0.9 guest=-0.6 guidel=2.4 hacked=0.4 happen=-0.4 harbou=-0.8 has=0.6 has_no=1 has_to=-0.7
have=-0.5 have_a=-0.5 he_thong=0.7 heatin=-0.7 helpfu=-0.6 here=1.9 here_i=0.4 here_is=0.9 here_on=0.9 hidden=1
his=-0.4 histor=0.4 hotel_has=-0.4 hour=-0.5 hours=-1.3 how=-1.4 how_do=-0.8 how_you=0.6 https=0.3 https_evil=0.4
huong=0.7 huong_dan=0.7 i=-2.5 i_follow=-0.5 i_have=-0.6 i_lost=0.4 i_need=0.5 i_say=0.6 i_want=0.6 i_was=-0.6
i_will=0.9 i_would=-0.3 ia=0.7 ich=-0.9 if_the=0.6 ignora=1.2 ignore=1.3 ignore_all=0.5 ignore_the=0.7 ignore_your=0.4
il=-0.8 in=-0.8 in_a=0.9 in_develo=0.3 in_the=-1 in_which=0.5 indoor=-0.3 initia=1.3 initia_messag=0.8 instal=-0.4
instea=1.4 instru=4 instru_en=0.3 instru_for=-0.8 instru_here=0.6 instru_were=-0.4 insura=-1 intens=-0.3
intens_course=-0.3 intere=-0.4 intern=0.7 invoic=-0.6 is=-2.9 is_a=0.5 is_an=0.8 is_fine=0.7 is_free=-0.6 is_it=-0.3
is_not=-0.6 is_that=-0.4 is_the=-0.7 is_there=-0.4 is_to=1.5 is_your=-0.7 ist=-0.6 istruz=-0.3 it=-0.5 it_as=0.3
it_is=-0.4 it_says=0.9 item=-0.6 items=-0.6 its=0.7 j'ai=-1.2 je=0.9 joke=0.6 json=0.8 just=0.8 key=-0.4 kill=-0.8
killin=-0.6 kindly=0.4 l=0.7 la=-1.6 label=-0.4 langua_model=0.4 las=-1.6 las_instru=-1.2 last=-0.3 late=-0.3 lbhe=1.7
le=0.5 le_istruz=-0.3 least=-0.4 leave=-0.7 leave_the=-0.3 les=-0.4 les_consig=1 let=0.6 levels=-0.7 licenc=-0.4
light=-0.3 lights=-0.7 like=0.6 line=1.2 list=0.7 listen=1.2 listen_to=0.6 loi=0.7 loi_nhac=0.7 long=-0.6 longer=0.6
longer_have=0.6 mainte=-0.6 manage=1.1 max=0.3 may=-0.8 me=1.4 me_de=0.8 me_i=1.2 me_its=0.6 me_to=-0.6 me_what=0.7
me_your=0.3 meine=0.4 member=-0.4 messag=2.5 messag_in=0.4 mi=-0.6 miles=-0.8 milk=-0.3 mine=0.7 minute=-1 mir=1.5
mir_deine=1 missin=-0.4 mode=2.6 mode_and=1.2 model=0.4 modera=0.3 mon=-0.6 month=-0.7 months=-0.3 more_than=-0.4
mornin=-0.4 most=-0.3 mot=0.5 muestr=-0.6 muestr_las=-0.7 must=1 my=-2.9 my_accoun=-0.5 my_card=-0.4 my_dog=-0.3
my_grandm=0.3 my_late=0.4 my_messag=0.5 my_phone=-0.5 my_refund=-0.6 n=1.3 nachri=0.5 name=-0.3 need=-0.6 need_a=0.4
need_an=-0.5 need_not=-0.3 need_the=0.4 neuter=-0.8 never=0.4 new=0.5 new_policy=0.4 nhac=0.7 nhac_he=0.7 nicht=0.5
night=-0.4 no=1.3 no_longer=0.6 no_restri=-0.7 no_rules=0.6 normal=0.9 not_allowe=0.5 not_listen=0.6 not_the=0.3
nothin=-0.3 now=0.9 number=-0.6 o=0.9 o_u=0.9 obey=2 of=0.4 of_charge=-0.4 of_the=-1.3 of_this=0.7 of_what=0.4
of_your=0.3 office=-0.3 old=-0.5 olvida=0.8 on=-1.6 on_it=0.4 on_my=-0.5 on_price=-0.5 on_sunday=-0.5 on_the=-1
on_your=-0.8 once=0.5 one=-0.4 ones=0.5 open=-1.4 opened=-0.9 openin=-0.8 or=-1.5 order=-0.5 order_and=-0.3 orders=0.4
other_custom=0.6 otra=-1.3 oublie=-0.6 our=-1.7 out=-1 out_of=-0.4 out_your=0.6 output=0.8 overri=1.3 own=0.4
own_instru=0.7 p=0.5 p_r=0.5 parcel=-0.9 parkin=-1 part=-0.4 part_of=-0.3 passwo=-0.3 paste=0.4 pay=-0.8 paymen=-0.5
per=-1.1 per_il=-0.5 percen=-0.6 person=1.2 phone=-0.3 placem=-0.5 plan=-0.5 plans=-0.8 plant=-0.7 please=-0.7
please_ignore=-0.3 please_send=-0.4 pls=1 plus=-0.6 pm=-1 points=0.5 policy=0.4 pool=-0.7 por=-0.5 por_favor=-0.5
posso=-0.9 preced=-0.5 prescr=-0.5 pressu=-0.3 preten=1.1 preten_to=0.7 previo=0.4 previo_instru=0.4 price=-0.7
print=1.6 print_the=0.4 prompt=4.5 prompt_me=-0.6 pump=-0.4 put=0.8 put_it=0.8 que=1.5 quote=0.4 r=0.9 r3str1=1.2
r_e=0.7 r_u=0.7 rates=-0.4 rather=-0.4 read=0.8 real=0.3 really=-0.4 receiv=0.7 recept=-0.4 recomm=0.8 refund=0.9
refuse=0.7 regeln=0.5 regist=-0.9 regole=1.3 remove=-1.1 rental=-0.4 repeat=0.7 reply=0.8 reques=0.7 reset=-0.8
respon=1.7 restri=1.7 restri_and=0.3 return=-1.3 reveal=0.7 revele=0.6 right=-0.8 rinse=-0.5 room=-0.4 root=0.9
rules=1.5 rules_for=-0.6 rules_forbid=0.7 rules_of=-0.7 run=0.7 runs=-0.4 s=0.9 s_t=0.5 safe=-0.3 safety=0.8 say=2.2
say_about=-0.5 says=2 school=-0.6 second=-0.7 see_the=0.8 sell=-0.7 send=-0.8 send_the=0.3 sendin=-0.4 sent=-0.5
sent_me=-0.3 senten=1.4 senten_of=0.7 sessio=0.4 set=0.7 seven=0.4 share=0.5 share_the=0.5 ship=-0.4 shoot=-0.5
shop=0.8 should=-0.4 show=0.7 show_me=-0.5 shows=-0.5 sie=-1 sin=0.7 sistem=1.4 site=-0.4 six=-0.5 six_weeks=-0.3
size=-0.3 skip=0.7 small=-0.8 so=0.6 soil=-0.4 someth=-0.6 son=-0.5 sound=-0.3 speak=0.5 spray=-0.6 stands=0.5
start=0.3 stay=-0.4 stays=-0.4 stays_cold=-0.4 still=-0.6 stop=1.2 stop_being=1.3 stops=-0.6 store=-0.4 story=0.6
strang=-0.5 studen=-0.8 sunday=-0.7 sys=0.5 systee=-0.4 system=2.4 system_messag=0.4 system_prompt=1.4 system_the=0.5
system_you=0.8 t=0.5 take=-1.2 takes=-0.6 talk=0.4 tank=-0.6 te=0.8 team=-0.6 techni=-0.6 tell=1.2 tell_me=0.8
tell_you=0.9 ten=-0.6 terms=-1 test=0.8 text=2.2 text_messag=-0.3 than=-0.6 thank=-0.9 thank_you=-0.9 thanks=-0.3
that=1.4 that_has=0.7 that_my=-0.7 that_the=0.4 that_you=0.6 that_your=0.9 the=-2.1 the_above=0.8 the_admini=0.4
the_animal=-0.4 the_app=-0.7 the_assist=1.2 the_car=-0.4 the_care=-0.4 the_compan=1.4 the_custom=1.4 the_driver=-0.7
the_follow=2 the_full=-0.3 the_hidden=0.4 the_hotel=-0.4 the_instru=-1.5 the_intern=1 the_label=-0.4 the_machin=-0.5
the_manage=0.8 the_messag=0.4 the_new=-0.4 the_parcel=-0.4 the_passwo=0.3 the_person=0.7 the_recept=-0.3 the_rules=0.6
the_safety=0.6 the_shop=1.3 the_system=-0.3 the_text=1.1 the_user=0.6 the_year=0.4 their=1.3 them=1.1 there_a=-0.4
there_was=0.5 they=-0.3 things=0.8 this=4.2 this_is=0.6 this_senten=0.7 thong=0.7 three=-1 three_times=-0.4
ticket=-0.6 times=-0.4 to=0.6 to_change=-0.6 to_do=0.5 to_every=0.3 to_https=0.3 to_know=-0.4 to_me=1 to_my=-0.4
to_obey=0.6 to_see=0.7 to_the=-0.9 togeth=0.4 told=-0.5 told_by=-0.4 too=-0.7 tool=1.1 tools=0.7 tools_do=0.5
towel=-0.3 traini=-0.6 transl=0.4 transl_your=0.3 treatm=-0.8 trouve=0.4 true=0.6 truoc=0.7 truoc_do=0.7 trupan=-0.5
tu=2 turn_on=0.5 tus=0.9 twice=0.6 two=-1 u=0.9 u_r=0.6 una=0.7 una_ia=0.7 und=1.2 under=-0.7 unlock=0.4 unrest=0.7
until=-0.8 up=-0.4 up_to=-0.5 us=-0.8 use=-0.7 user=2.6 user_is=1 user_messag=0.3 va=0.7 vaccin=-0.8 vafgeh=1.7
velvet=-0.3 verbat=1.4 verges=-0.5 vergis=0.9 verifi=0.9 versio=0.9 very=-0.5 visa=-0.3 want_to=0.4 was=-2
was_hacked=-0.4 was_no=0.5 was_told=-0.4 water=-1.1 we=-2.9 websit=-0.6 week=-0.3 weekda=-0.5 weeks=-1.1 weight=-0.4
were=1.5 were_told=0.4 what=0.6 what_a=-0.4 what_does=-0.6 what_tools=0.5 what_you=0.4 what_your=0.7 whatev=1.5
wheels=-0.5 when=-1.1 where=-0.8 where_do=-0.4 who=-0.5 who_regist=-0.5 wifi=-0.6 will=0.5 will_be=0.4 willow=-0.4
with_a=-0.6 with_me=0.3 with_no=0.4 withdr=-0.8 within=-0.8 withou_any=0.4 work=-0.4 write=1.1 write_a=0.8 wrong=-1.2
x=0.3 y=1.8 y0ur=2.2 y_o=0.6 yester=-1.5 yoga=-0.4 you=1.7 you_act=-0.5 you_and=0.4 you_answer=1 you_are=2.7
you_can=0.7 you_may=-0.5 you_must=0.9 you_need=-0.4 you_no=0.6 you_open=-0.4 you_paste=0.4 you_receiv=0.7
you_sell=-0.7 you_tell=0.6 you_to=0.9 you_told=-0.7 you_were=1.9 your=4.5 your_compan=0.5 your_comple=0.4
your_creato=1 your_develo=0.9 your_guidel=0.8 your_hidden=0.6 your_initia=0.6 your_instru=2.1 your_own=0.4
your_policy=-0.7 your_prompt=0.9 your_restri=0.5 your_rules=0.8 your_true=0.6 your_websit=-0.6 zum=-1.1 и=1.4
инстру=0.9 пожалу=-1.4 покажи=1.9 покажи_свои=0.9 свои=2
`,
};
